//! The registry as its callers see it, and what it makes of real files.
#![allow(clippy::unwrap_used)] // tests; clippy only sees those marked #[test]

mod calendar_days;
mod catalogue;
mod catalogue_random;
mod catalogue_slow;
mod deadlines;
mod demo_duties;
mod demo_street;
mod duties;
mod duty_cards;
mod duty_districts;
mod duty_lines;
mod duty_records;
mod exports;
mod files;
mod imports;
mod imports_cells;
mod imports_formats;
mod organizations;
mod people;
mod people_rosters;
mod people_staffing;
mod people_units;
mod people_vehicles;
mod places_access;
mod places_assets;
mod places_contracts;
mod places_demo;
mod places_zones;
mod powers_law;
mod powers_preview;
mod powers_writes;
mod questions;
mod territory;
mod territory_reports;
mod world;
