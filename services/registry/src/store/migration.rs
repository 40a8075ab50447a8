//! The tables: kit's log, and nothing of our own, because the catalogue is kept in memory.

use sea_orm_migration::prelude::*;

/// Everything the registry keeps.
pub struct Migrations;

impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        liandong_kit::log::migrations()
    }
}
