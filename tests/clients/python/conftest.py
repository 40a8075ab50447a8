"""Generates the client code from the published protos, and starts one street for all tests."""

import sys
import tempfile
from pathlib import Path

import pytest
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[3]
GENERATED = tempfile.TemporaryDirectory(prefix="liandong-python-")


def pytest_configure():
    """The generated modules must be there before the tests are imported."""
    protos = sorted(str(path) for path in (ROOT / "proto/liandong").rglob("*.proto"))
    google = Path(protoc.__file__).parent / "_proto"
    out = [f"--python_out={GENERATED.name}", f"--grpc_python_out={GENERATED.name}"]
    assert protoc.main(["protoc", f"-I{ROOT / 'proto'}", f"-I{google}", *out, *protos]) == 0, (
        "the protos do not compile"
    )
    sys.path.insert(0, GENERATED.name)


@pytest.fixture(scope="session")
def street(tmp_path_factory):
    """A running street."""
    from street import Street

    running = Street(tmp_path_factory.mktemp("street"))
    try:
        running.begin()
        yield running
    finally:
        running.stop()
