//! The registry: who is responsible for a place, who holds which power there, who may act for them, and which days
//! are working days.

pub mod domain;
pub mod street;
#[cfg(test)]
mod town;
