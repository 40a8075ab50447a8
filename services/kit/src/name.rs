//! Resource names (AIP-122): `tasks/{uuid}/assignments/{n}` on the wire, bare ids inside.
//!
//! Every function says precisely what is wrong, for [`Violations::take`](crate::status::Violations::take).

use uuid::Uuid;

use crate::status::FieldProblem;

/// The longest id accepted.
pub const ID_MAX: usize = 64;

/// The id in `{collection}/{id}`: letters, digits, `-`, `_` and `.`, at most [`ID_MAX`].
pub fn id<'a>(name: &'a str, collection: &str) -> Result<&'a str, FieldProblem> {
    let [id] = parts(name, [collection])?;
    Ok(id)
}

/// The id in `{collection}/{uuid}`.
pub fn uuid(name: &str, collection: &str) -> Result<Uuid, FieldProblem> {
    as_uuid(name, id(name, collection)?)
}

/// The two ids in `{outer}/{uuid}/{inner}/{n}`, n counting from 1.
pub fn nested(name: &str, outer: &str, inner: &str) -> Result<(Uuid, u32), FieldProblem> {
    let [first, second] = parts(name, [outer, inner])?;
    let number = second
        .parse()
        .ok()
        .filter(|it| *it >= 1 && !second.starts_with(['0', '+']));
    let number = number.ok_or_else(|| {
        FieldProblem::new(
            format!("`{second}` in `{}` is not a number from 1", shown(name)),
            format!("“{second}”不是从 1 开始的编号"),
        )
    })?;
    Ok((as_uuid(name, first)?, number))
}

/// The ids of a name with these collections, in order.
pub fn parts<'a, const N: usize>(
    name: &'a str,
    collections: [&str; N],
) -> Result<[&'a str; N], FieldProblem> {
    if name.is_empty() {
        return Err(FieldProblem::new("required", "必填"));
    }
    let mut segments = name.split('/');
    let mut ids = [""; N];
    for (slot, collection) in ids.iter_mut().zip(collections) {
        let found = segments.next();
        *slot = match (found == Some(collection), segments.next()) {
            (true, Some(id)) => id,
            _ => return Err(mismatch(name, &collections)),
        };
    }
    if segments.next().is_some() {
        return Err(mismatch(name, &collections));
    }
    ids.iter().try_for_each(|id| check_id(id))?;
    Ok(ids)
}

/// `{collection}/{id}`.
pub fn of(collection: &str, id: impl std::fmt::Display) -> String {
    format!("{collection}/{id}")
}

/// A bare id that came without its collection, such as a district's code in a token.
pub fn check_id(id: &str) -> Result<(), FieldProblem> {
    let allowed = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.');
    if id.is_empty() || id.len() > ID_MAX || !id.bytes().all(allowed) {
        let english = format!(
            "`{}` is not an id: 1 to {ID_MAX} letters, digits, `-`, `_` or `.`",
            shown(id)
        );
        return Err(FieldProblem::new(
            english,
            format!("“{}”不是有效的编号", shown(id)),
        ));
    }
    Ok(())
}

fn as_uuid(name: &str, id: &str) -> Result<Uuid, FieldProblem> {
    Uuid::try_parse(id).map_err(|_| {
        FieldProblem::new(
            format!("`{id}` in `{}` is not a UUID", shown(name)),
            format!("“{id}”不是 UUID"),
        )
    })
}

fn mismatch(name: &str, collections: &[&str]) -> FieldProblem {
    let wanted = collections
        .iter()
        .map(|it| format!("{it}/{{id}}"))
        .collect::<Vec<_>>()
        .join("/");
    FieldProblem::new(
        format!("`{}` is not a name like `{wanted}`", shown(name)),
        format!("“{}”应形如“{wanted}”", shown(name)),
    )
}

/// Never echoes a whole megabyte back.
fn shown(text: &str) -> String {
    if text.chars().count() <= 100 {
        text.to_owned()
    } else {
        text.chars().take(100).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_give_their_ids() {
        assert_eq!(
            id("organizations/sanitation", "organizations").unwrap(),
            "sanitation"
        );
        let task = Uuid::now_v7();
        assert_eq!(uuid(&of("tasks", task), "tasks").unwrap(), task);
        assert_eq!(
            nested(
                &format!("tasks/{task}/assignments/3"),
                "tasks",
                "assignments"
            )
            .unwrap(),
            (task, 3)
        );
    }

    #[test]
    fn bad_names_say_what_is_wrong() {
        let english = |it: Result<Uuid, FieldProblem>| it.unwrap_err().english;
        assert_eq!(english(uuid("", "tasks")), "required");
        assert_eq!(
            english(uuid("cases/1", "tasks")),
            "`cases/1` is not a name like `tasks/{id}`"
        );
        assert_eq!(
            english(uuid("tasks/1/x", "tasks")),
            "`tasks/1/x` is not a name like `tasks/{id}`"
        );
        assert_eq!(
            english(uuid("tasks/1", "tasks")),
            "`1` in `tasks/1` is not a UUID"
        );
        assert!(english(uuid("tasks/", "tasks")).starts_with("`` is not an id"));
        let zero = format!("tasks/{}/assignments/0", Uuid::nil());
        assert!(
            nested(&zero, "tasks", "assignments")
                .unwrap_err()
                .english
                .contains("number from 1")
        );
    }

    #[test]
    fn a_huge_name_is_not_echoed() {
        assert!(id(&"x".repeat(1 << 20), "tasks").unwrap_err().english.len() < 300);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = (id(&text, "tasks"), nested(&text, "tasks", "assignments"));
        }
    }
}
