//! What a district put in force: the versions of one scheme, each from its first day on.
//!
//! ```text
//! (pattern or nothing) ─put version 1─▶ in force ─put version n + 1─▶ in force
//! ```

use time::Date;

use super::{
    decision::Decision,
    refusal::Refusal,
    scheme::{Origin, Scheme},
};

/// The versions of one scheme in a district.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Regulation {
    /// The newest version; 0 before the first.
    pub version: i32,
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Event {
    /// A version was put in force.
    Put {
        /// The version.
        version: i32,
        /// The document.
        document: String,
    },
}

/// Why a version is not put in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Days that have begun are judged already.
    #[error("its first day {first} is not after {known}, of which something is known")]
    ValidFromPast {
        /// The document's first day.
        first: Date,
        /// The last day that is taken.
        known: Date,
    },
    /// Versions follow each other without a gap.
    #[error("the next version is {next}")]
    NotNextVersion {
        /// What it must be.
        next: i32,
    },
}

impl Regulation {
    /// Puts a version in force. `newest` is what holds under that id now; `known` the last day of which anything is
    /// known, today included.
    pub fn put(
        &self,
        scheme: &Scheme,
        newest: Option<&Scheme>,
        known: Date,
    ) -> Result<Event, Refusal> {
        // A pattern is no version of the district's own.
        let newest = newest.filter(|it| it.origin != Origin::Template);
        let next = newest.map_or(0, |it| it.version).max(self.version) + 1;
        if scheme.version != next {
            return Err(Refused::NotNextVersion { next }.into());
        }
        if scheme.valid_from <= known {
            let first = scheme.valid_from;
            return Err(Refused::ValidFromPast { first, known }.into());
        }
        Ok(Event::Put {
            version: scheme.version,
            document: scheme.document.clone(),
        })
    }

    /// Folds one event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Put { version, .. } => self.version = *version,
        }
    }
}

impl Event {
    /// Its word in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Put { .. } => "SchemePut",
        }
    }

    /// What it decides.
    pub fn decision(&self) -> Decision {
        match self {
            Self::Put { document, .. } => Decision::PutScheme {
                document: document.clone(),
            },
        }
    }
}
