//! Stories over real gRPC, and the rules that hold everywhere. One binary, so that it links once;
//! only the traces have their own, because who records them is a matter of the whole process.
#![allow(clippy::unwrap_used, missing_docs)]

// The world the stories play in.
mod caller;
mod consumer;
mod june;
mod refusal;
mod steps;
mod world;

// Stories.
mod appeal_reviewers;
mod appeals;
mod appeals_of_items;
mod away;
mod campaigns;
mod case_course;
mod catalogue;
mod check_samples;
mod checks;
mod course;
mod deadlines;
mod disputes;
mod event_log;
mod evidence;
mod feed;
mod first_filing;
mod follow_up;
mod idempotency;
mod identity;
mod inbox;
mod inspections;
mod jurisdiction;
mod lane;
mod leave;
mod ledger;
mod life_cycle;
mod lists;
mod meeting_effects;
mod meetings;
mod minutes;
mod objections;
mod officers;
mod outages;
mod patrols;
mod penalties;
mod personal_data;
mod powers;
mod registry_killed;
mod scheme_organizations;
mod scores;
mod strangers;
mod street_files;
mod ten;
mod unknown;
mod whistles;
mod year_end;

// Rules that hold everywhere.
mod every_method;
mod hostile;
mod raw;
mod siege;
mod tidy;
mod wire;
