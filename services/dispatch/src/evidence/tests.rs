//! Files built by hand, looked into and stored.

mod files;
mod looking;
mod storing;
