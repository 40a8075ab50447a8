//! What requests say about a resource, read in one way: the methods of AIP-131 to 135 of every kind in one table.
//!
//! A handler of one of these methods is a call of [`Handlers::got`] and its neighbours; a method that does more has a
//! handler of its own.

use liandong_proto::registry as proto;
use prost::{Message, Name};
use prost_types::{FieldMask, Timestamp};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    change::Change,
    list::Wanted,
    resource::{Editable, Resource},
};
use crate::domain;

/// A request for one item.
pub(super) trait Gets {
    /// What is asked for.
    type Item: Resource;
    /// The response.
    type Answer;

    /// Its resource name.
    fn name(&self) -> &str;
    /// As of when; `None`: now.
    fn as_of(&self) -> Option<&Timestamp>;
    /// The response with the item, as of a version of the catalogue.
    fn answer(item: <Self::Item as Resource>::Message, version: i64) -> Self::Answer;
}

/// A request for a page of items.
pub(super) trait Lists {
    /// What is asked for.
    type Item: Resource;
    /// The response.
    type Answer;

    /// Which of them.
    fn wanted(&self) -> Wanted<'_>;
    /// The response with a page and the token of the next one, as of a version of the catalogue.
    fn answer(
        items: Vec<<Self::Item as Resource>::Message>,
        next_page_token: String,
        version: i64,
    ) -> Self::Answer;
}

/// A request for a change.
pub(super) trait Keyed: Message + Name + 'static {
    /// What makes a repeat of it the same (AIP-155).
    fn request_id(&self) -> &str;
    /// Whether it is only to be checked (AIP-163).
    fn validate_only(&self) -> bool;
}

/// A request for the change of an item.
pub(super) trait Changes: Keyed {
    /// What is changed.
    type Item: Resource;
    /// The response.
    type Answer: Message + Default + Clone + Send + Sync + 'static;

    /// The response with the item as it is then.
    fn answer(item: <Self::Item as Resource>::Message) -> Self::Answer;
}

/// A request to register an item.
pub(super) trait Creates: Changes<Item: Editable> {
    /// The field that holds its id.
    const ID: &'static str;

    /// Its id and what it is.
    fn parts(self) -> (String, Option<<Self::Item as Resource>::Message>);
}

/// A request to update an item.
pub(super) trait Updates: Changes<Item: Editable> {
    /// The version that was read, what is to be taken over, and what it is to be.
    fn parts(
        self,
    ) -> (
        String,
        Option<FieldMask>,
        Option<<Self::Item as Resource>::Message>,
    );
}

/// A request to end an item.
pub(super) trait Ends: Changes {
    /// Its resource name, the version that was read, and its last day.
    fn parts(&self) -> (&str, &str, &str);
}

#[allow(clippy::result_large_err)] // tonic's Status
impl Handlers {
    /// AIP-131.
    pub(super) fn got<R: Gets>(&self, request: Request<R>) -> Result<Response<R::Answer>, Status> {
        let (asks, request) = self.open(request)?;
        let item = asks.get::<R::Item>(request.name(), request.as_of())?;
        Ok(Response::new(R::answer(item, asks.catalogue.version)))
    }

    /// AIP-132.
    pub(super) fn listed<R: Lists>(
        &self,
        request: Request<R>,
    ) -> Result<Response<R::Answer>, Status> {
        let (asks, request) = self.open(request)?;
        let (items, next) = asks.list::<R::Item>(&request.wanted())?;
        Ok(Response::new(R::answer(
            items,
            next,
            asks.catalogue.version,
        )))
    }

    /// AIP-133.
    pub(super) async fn created<R: Creates>(
        &self,
        request: Request<R>,
    ) -> Result<Response<R::Answer>, Status> {
        let (asks, request) = self.open(request)?;
        let change = Change::of(&request);
        let (id, item) = request.parts();
        self.create::<R::Item, _>(asks, change, (R::ID, &id), item, R::answer)
            .await
    }

    /// AIP-134.
    pub(super) async fn updated<R: Updates>(
        &self,
        request: Request<R>,
    ) -> Result<Response<R::Answer>, Status> {
        let (asks, request) = self.open(request)?;
        let change = Change::of(&request);
        let (etag, mask, item) = request.parts();
        self.update::<R::Item, _>(asks, change, &etag, mask, item, R::answer)
            .await
    }

    /// AIP-135, but nothing registered is deleted: it has a last day.
    pub(super) async fn ended<R: Ends>(
        &self,
        request: Request<R>,
    ) -> Result<Response<R::Answer>, Status> {
        let (asks, request) = self.open(request)?;
        let change = Change::of(&request);
        let (name, etag, last_day) = request.parts();
        self.end::<R::Item, _>(asks, change, name, (etag, last_day), |_| (), R::answer)
            .await
    }
}

macro_rules! as_of {
    ($request:expr, at) => {
        $request.as_of_time.as_ref()
    };
    ($request:expr, now) => {
        None
    };
}

macro_rules! keyed {
    ($($request:ident),+ $(,)?) => {
        $(impl Keyed for proto::$request {
            fn request_id(&self) -> &str {
                &self.request_id
            }

            fn validate_only(&self) -> bool {
                self.validate_only
            }
        })+
    };
}

macro_rules! changes {
    ($item:ident $field:ident: $request:ident => $answer:ident) => {
        keyed!($request);

        impl Changes for proto::$request {
            type Item = domain::$item;
            type Answer = proto::$answer;

            fn answer(item: <Self::Item as Resource>::Message) -> proto::$answer {
                proto::$answer { $field: Some(item) }
            }
        }
    };
}

macro_rules! resources {
    ($($item:ident $field:ident: $id:ident {
        $(get $get:ident => $got:ident $as_of:ident;)?
        $(list $list:ident => $listed:ident $items:ident;)?
        $(create $create:ident => $created:ident;)?
        $(update $update:ident => $updated:ident;)?
        $(end $end:ident => $ended:ident;)?
    })+) => {$(
        $(impl Gets for proto::$get {
            type Item = domain::$item;
            type Answer = proto::$got;

            fn name(&self) -> &str {
                &self.name
            }

            fn as_of(&self) -> Option<&Timestamp> {
                as_of!(self, $as_of)
            }

            fn answer(item: <Self::Item as Resource>::Message, catalogue_version: i64) -> proto::$got {
                proto::$got { $field: Some(item), catalogue_version }
            }
        })?

        $(impl Lists for proto::$list {
            type Item = domain::$item;
            type Answer = proto::$listed;

            fn wanted(&self) -> Wanted<'_> {
                Wanted {
                    page_size: self.page_size,
                    page_token: &self.page_token,
                    filter: &self.filter,
                    as_of_time: self.as_of_time.as_ref(),
                    show_ended: self.show_ended,
                }
            }

            fn answer(
                $items: Vec<<Self::Item as Resource>::Message>,
                next_page_token: String,
                catalogue_version: i64,
            ) -> proto::$listed {
                proto::$listed { $items, next_page_token, catalogue_version }
            }
        })?

        $(changes!($item $field: $create => $created);

        impl Creates for proto::$create {
            const ID: &'static str = stringify!($id);

            fn parts(self) -> (String, Option<<Self::Item as Resource>::Message>) {
                (self.$id, self.$field)
            }
        })?

        $(changes!($item $field: $update => $updated);

        impl Updates for proto::$update {
            fn parts(
                self,
            ) -> (String, Option<FieldMask>, Option<<Self::Item as Resource>::Message>) {
                (self.etag, self.update_mask, self.$field)
            }
        })?

        $(changes!($item $field: $end => $ended);

        impl Ends for proto::$end {
            fn parts(&self) -> (&str, &str, &str) {
                (&self.name, &self.etag, &self.last_day)
            }
        })?
    )+};
}

resources! {
    AccessList access_list: access_list_id {
        get GetAccessListRequest => GetAccessListResponse at;
        list ListAccessListsRequest => ListAccessListsResponse access_lists;
        create CreateAccessListRequest => CreateAccessListResponse;
        update UpdateAccessListRequest => UpdateAccessListResponse;
        end DeactivateAccessListRequest => DeactivateAccessListResponse;
    }
    Area area: area_id {
        create CreateAreaRequest => CreateAreaResponse;
        end DeactivateAreaRequest => DeactivateAreaResponse;
    }
    Asset asset: asset_id {
        get GetAssetRequest => GetAssetResponse at;
        list ListAssetsRequest => ListAssetsResponse assets;
        create CreateAssetRequest => CreateAssetResponse;
        update UpdateAssetRequest => UpdateAssetResponse;
        end DeactivateAssetRequest => DeactivateAssetResponse;
    }
    AssetKind asset_kind: asset_kind_id {
        get GetAssetKindRequest => GetAssetKindResponse at;
        list ListAssetKindsRequest => ListAssetKindsResponse asset_kinds;
        create CreateAssetKindRequest => CreateAssetKindResponse;
        update UpdateAssetKindRequest => UpdateAssetKindResponse;
        end DeactivateAssetKindRequest => DeactivateAssetKindResponse;
    }
    Contest contest: contest_id {
        get GetContestRequest => GetContestResponse at;
        list ListContestsRequest => ListContestsResponse contests;
        create CreateContestRequest => CreateContestResponse;
        update UpdateContestRequest => UpdateContestResponse;
        end DeactivateContestRequest => DeactivateContestResponse;
    }
    Contract contract: contract_id {
        get GetContractRequest => GetContractResponse at;
        list ListContractsRequest => ListContractsResponse contracts;
        create CreateContractRequest => CreateContractResponse;
        update UpdateContractRequest => UpdateContractResponse;
        end DeactivateContractRequest => DeactivateContractResponse;
    }
    ContractResult contract_result: contract_result_id {
        get GetContractResultRequest => GetContractResultResponse at;
        list ListContractResultsRequest => ListContractResultsResponse contract_results;
        create CreateContractResultRequest => CreateContractResultResponse;
        update UpdateContractResultRequest => UpdateContractResultResponse;
        end DeactivateContractResultRequest => DeactivateContractResultResponse;
    }
    DayOverride day_override: day_override_id {
        list ListDayOverridesRequest => ListDayOverridesResponse day_overrides;
        create CreateDayOverrideRequest => CreateDayOverrideResponse;
        update UpdateDayOverrideRequest => UpdateDayOverrideResponse;
        end DeactivateDayOverrideRequest => DeactivateDayOverrideResponse;
    }
    Duty duty: duty_id {
        get GetDutyRequest => GetDutyResponse at;
        list ListDutiesRequest => ListDutiesResponse duties;
        create CreateDutyRequest => CreateDutyResponse;
        update UpdateDutyRequest => UpdateDutyResponse;
        end DeactivateDutyRequest => DeactivateDutyResponse;
    }
    DutyHolder duty_holder: duty_holder_id {
        get GetDutyHolderRequest => GetDutyHolderResponse at;
        list ListDutyHoldersRequest => ListDutyHoldersResponse duty_holders;
        create CreateDutyHolderRequest => CreateDutyHolderResponse;
        update UpdateDutyHolderRequest => UpdateDutyHolderResponse;
        end DeactivateDutyHolderRequest => DeactivateDutyHolderResponse;
    }
    DutyScheme duty_scheme: duty_scheme_id {
        get GetDutySchemeRequest => GetDutySchemeResponse at;
        list ListDutySchemesRequest => ListDutySchemesResponse duty_schemes;
        create CreateDutySchemeRequest => CreateDutySchemeResponse;
        update UpdateDutySchemeRequest => UpdateDutySchemeResponse;
        end DeactivateDutySchemeRequest => DeactivateDutySchemeResponse;
    }
    Interface interface: interface_id {
        get GetInterfaceRequest => GetInterfaceResponse now;
        list ListInterfacesRequest => ListInterfacesResponse interfaces;
        create CreateInterfaceRequest => CreateInterfaceResponse;
        update UpdateInterfaceRequest => UpdateInterfaceResponse;
        end DeactivateInterfaceRequest => DeactivateInterfaceResponse;
    }
    Matter matter: matter_id {
        get GetMatterRequest => GetMatterResponse now;
        list ListMattersRequest => ListMattersResponse matters;
        create CreateMatterRequest => CreateMatterResponse;
        update UpdateMatterRequest => UpdateMatterResponse;
        end DeactivateMatterRequest => DeactivateMatterResponse;
    }
    Officer officer: officer_id {
        get GetOfficerRequest => GetOfficerResponse now;
        list ListOfficersRequest => ListOfficersResponse officers;
        create CreateOfficerRequest => CreateOfficerResponse;
        update UpdateOfficerRequest => UpdateOfficerResponse;
        end DeactivateOfficerRequest => DeactivateOfficerResponse;
    }
    Organization organization: organization_id {
        list ListOrganizationsRequest => ListOrganizationsResponse organizations;
        create CreateOrganizationRequest => CreateOrganizationResponse;
        update UpdateOrganizationRequest => UpdateOrganizationResponse;
    }
    Person person: person_id {
        get GetPersonRequest => GetPersonResponse now;
        list ListPeopleRequest => ListPeopleResponse people;
        create CreatePersonRequest => CreatePersonResponse;
        update UpdatePersonRequest => UpdatePersonResponse;
        end DeactivatePersonRequest => DeactivatePersonResponse;
    }
    Power power: power_id {
        get GetPowerRequest => GetPowerResponse now;
        list ListPowersRequest => ListPowersResponse powers;
        create CreatePowerRequest => CreatePowerResponse;
        update UpdatePowerRequest => UpdatePowerResponse;
        end DeactivatePowerRequest => DeactivatePowerResponse;
    }
    Provision provision: provision_id {
        get GetProvisionRequest => GetProvisionResponse at;
        list ListProvisionsRequest => ListProvisionsResponse provisions;
        create CreateProvisionRequest => CreateProvisionResponse;
        update UpdateProvisionRequest => UpdateProvisionResponse;
        end DeactivateProvisionRequest => DeactivateProvisionResponse;
    }
    Roster roster: roster_id {
        get GetRosterRequest => GetRosterResponse now;
        list ListRostersRequest => ListRostersResponse rosters;
        create CreateRosterRequest => CreateRosterResponse;
        update UpdateRosterRequest => UpdateRosterResponse;
        end DeactivateRosterRequest => DeactivateRosterResponse;
    }
    Secondment secondment: secondment_id {
        get GetSecondmentRequest => GetSecondmentResponse now;
        list ListSecondmentsRequest => ListSecondmentsResponse secondments;
        create CreateSecondmentRequest => CreateSecondmentResponse;
        update UpdateSecondmentRequest => UpdateSecondmentResponse;
        end DeactivateSecondmentRequest => DeactivateSecondmentResponse;
    }
    Vehicle vehicle: vehicle_id {
        get GetVehicleRequest => GetVehicleResponse now;
        list ListVehiclesRequest => ListVehiclesResponse vehicles;
        create CreateVehicleRequest => CreateVehicleResponse;
        update UpdateVehicleRequest => UpdateVehicleResponse;
        end DeactivateVehicleRequest => DeactivateVehicleResponse;
    }
    WorkLine work_line: work_line_id {
        get GetWorkLineRequest => GetWorkLineResponse at;
        list ListWorkLinesRequest => ListWorkLinesResponse work_lines;
        create CreateWorkLineRequest => CreateWorkLineResponse;
        update UpdateWorkLineRequest => UpdateWorkLineResponse;
        end DeactivateWorkLineRequest => DeactivateWorkLineResponse;
    }
    Zone zone: zone_id {
        get GetZoneRequest => GetZoneResponse at;
        list ListZonesRequest => ListZonesResponse zones;
        create CreateZoneRequest => CreateZoneResponse;
        update UpdateZoneRequest => UpdateZoneResponse;
        end DeactivateZoneRequest => DeactivateZoneResponse;
    }
}

// Methods with handlers of their own.
keyed!(
    ApproveZoneRequest,
    DeactivateOrganizationRequest,
    MergeOrganizationsRequest,
    PublishCalendarYearRequest,
    RecordAssetStateRequest,
    ResumeZoneRequest,
    SignContractRequest,
    SplitOrganizationRequest,
    SuspendZoneRequest,
    UpdateAreaRequest
);
