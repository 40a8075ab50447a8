//! How departments behave, by kind. Invented, but of the kind people complain about: one signs late, one disputes, one
//! reports work that is not done, one never has officers free.

/// How a department behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Profile {
    /// How often a stage is reached after its deadline.
    pub(super) late: f64,
    /// Which share of the time there is it usually takes; others take more or less around it.
    pub(super) pace: f64,
    /// How often it disputes an order (派单异议).
    pub(super) objects: f64,
    /// How often it reports work that does not hold (返工).
    pub(super) poor_work: f64,
}

const USUAL: Profile = Profile {
    late: 0.05,
    pace: 0.45,
    objects: 0.03,
    poor_work: 0.07,
};

/// The behaviour of a kind of organization.
pub(super) fn of_kind(kind: &str) -> Profile {
    match kind {
        "sanitation" => Profile {
            late: 0.01,
            pace: 0.25,
            objects: 0.01,
            poor_work: 0.04,
        },
        "administrative-enforcement" => Profile {
            late: 0.05,
            pace: 0.40,
            objects: 0.02,
            poor_work: 0.06,
        },
        "environment" => Profile {
            late: 0.14,
            pace: 0.70,
            objects: 0.05,
            poor_work: 0.05,
        },
        "planning" => Profile {
            late: 0.12,
            pace: 0.65,
            objects: 0.14,
            poor_work: 0.04,
        },
        "construction" => Profile {
            late: 0.06,
            pace: 0.50,
            objects: 0.04,
            poor_work: 0.18,
        },
        "market-supervision" => Profile {
            late: 0.04,
            pace: 0.40,
            objects: 0.06,
            poor_work: 0.05,
        },
        "traffic-police" => Profile {
            late: 0.10,
            pace: 0.55,
            objects: 0.03,
            poor_work: 0.03,
        },
        "community" => Profile {
            late: 0.03,
            pace: 0.30,
            objects: 0.0,
            poor_work: 0.03,
        },
        "resident-unit" => Profile {
            late: 0.20,
            pace: 0.75,
            objects: 0.02,
            poor_work: 0.14,
        },
        "street-office" => Profile {
            late: 0.02,
            pace: 0.30,
            objects: 0.0,
            poor_work: 0.03,
        },
        _ => USUAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ten_members_behave_in_ways_of_their_own() {
        let all: Vec<Profile> = liandong_registry::domain::MemberKind::ALL
            .iter()
            .map(|it| of_kind(it.slug()))
            .collect();
        for (index, one) in all.iter().enumerate() {
            assert!(all[index + 1..].iter().all(|other| one != other), "{one:?}");
            assert!(*one != USUAL);
        }
    }
}
