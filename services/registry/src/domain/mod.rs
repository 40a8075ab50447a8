//! The rules of the registry: plain data, pure functions, everything asked as of a civil date.
//!
//! ```text
//!  organization  area  matter  power  officer  person  year  district      what is registered ([`Item`]s)
//!        └─────────┴──────┴───────┴──────┴────────┴──────┴──────┘
//!                     [`collections`]: [`Catalogue`]                      all of it at one version, indexed
//!             ┌───────────────────┼──────────────────────┐
//!        [`resolve`]         [`capacity`]           [`validate`], [`plan`]
//!     who may act, R1, R2   may they be sent, R3    every contradiction at once; created, changed, unchanged
//! ```

pub mod access;
pub mod amend;
pub mod area;
pub mod asset;
pub mod brief;
pub mod capacity;
pub mod catalogue;
pub mod code;
pub mod collections;
pub mod contract;
pub mod day;
pub mod day_override;
pub mod distance;
pub mod district;
pub mod duty;
pub mod duty_holder;
pub mod duty_scheme;
pub mod establishment;
pub mod evidence;
pub mod geometry;
pub mod hours;
pub mod id;
mod index;
pub mod interface;
pub mod matter;
pub mod mentions;
pub mod officer;
pub mod organization;
pub mod person;
pub mod plan;
pub mod power;
pub mod preview;
pub mod problem;
pub mod provision;
pub mod report;
pub mod resolve;
pub mod responsibility;
pub mod roster;
pub mod secondment;
pub mod spatial;
pub mod staffing;
pub mod succession;
pub mod table;
mod territory;
pub mod text;
pub mod validate;
pub mod validity;
pub mod vehicle;
pub mod week;
pub mod work_line;
pub mod zone;

pub use self::{
    access::{AccessList, AccessListId},
    area::{Area, AreaId, AreaLevel, AreaOn, AreaState},
    asset::{Asset, AssetId, AssetKind, AssetKindId},
    catalogue::Catalogue,
    collections::{Entry, Registered},
    contract::{Contest, ContestId, Contract, ContractId, ContractResult, ContractResultId},
    day_override::{DayOverride, DayOverrideId},
    district::{District, DistrictId, PublishedYear, YearId},
    duty::{Duty, DutyId, DutyTurn},
    duty_holder::{DutyHolder, DutyHolderId, PublicField},
    duty_scheme::{DutyRole, DutyRoleId, DutyScheme, DutySchemeId},
    establishment::Establishment,
    evidence::{EvidenceKind, EvidenceRequirement, EvidenceStage},
    id::{Id, Item},
    interface::{Interface, InterfaceId},
    matter::{Act, FilingCondition, LegalBasis, Matter, MatterId, StageLimits},
    officer::{Absence, Certificate, Officer, OfficerId, OfficerKind},
    organization::{Kind, Level, MemberKind, Organization, OrganizationId, OrganizationName},
    person::{Person, PersonId, Role},
    plan::{Plan, plan},
    power::{BasisKind, Holder, Power, PowerId},
    problem::{Problem, Reason},
    provision::{Provision, ProvisionId, ProvisionKind},
    roster::{Roster, RosterId, Shift, ShiftKind},
    secondment::{Secondment, SecondmentId},
    table::{Kept, Table},
    validity::Validity,
    vehicle::{Vehicle, VehicleId},
    work_line::{WorkLine, WorkLineId},
    zone::{Zone, ZoneId},
};
