//! Many rows in one statement whose text does not depend on how many they are, so that it is parsed once and kept:
//! PostgreSQL takes an array for each column (`UNNEST`), SQLite one JSON text (`json_each`).
//!
//! What must stay true: every column of a row is set; what arrives in the table is what an insert of single rows would
//! have put there, on both.

use std::fmt::Write;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ColumnType, ConnectionTrait, DbBackend, DbErr, EntityName,
    EntityTrait, IdenStatic, Iterable, Statement, Value,
    sea_query::{ArrayType, Expr, SimpleExpr},
};

/// Rows in one statement, so that it stays a few megabytes.
const ROWS: usize = 4000;

/// The columns of rows of type `A`.
type Column<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;

/// Inserts rows; one that is there already is an error.
pub async fn insert<A: ActiveModelTrait>(
    tx: &impl ConnectionTrait,
    rows: Vec<A>,
) -> Result<(), DbErr> {
    write(tx, rows, "").await
}

/// Inserts rows; of one that is there already, by its `key`, these columns are replaced.
pub async fn upsert<A: ActiveModelTrait>(
    tx: &impl ConnectionTrait,
    rows: Vec<A>,
    key: &[Column<A>],
    replaced: &[Column<A>],
) -> Result<(), DbErr> {
    let quoted = |it: &Column<A>| format!("\"{}\"", it.as_str());
    let key: Vec<String> = key.iter().map(quoted).collect();
    let set = |it: String| format!("{it} = excluded.{it}");
    let replaced: Vec<String> = replaced.iter().map(|it| set(quoted(it))).collect();
    let conflict = format!(
        " ON CONFLICT ({}) DO UPDATE SET {}",
        key.join(", "),
        replaced.join(", ")
    );
    write(tx, rows, &conflict).await
}

/// The condition that a text column has one of these values.
pub fn among<C: ColumnTrait>(
    db: &impl ConnectionTrait,
    column: C,
    values: Vec<String>,
) -> SimpleExpr {
    let column = format!("\"{}\".\"{}\"", column.entity_name(), column.as_str());
    match db.get_database_backend() {
        DbBackend::Postgres => {
            let values = values.into_iter().map(Value::from).collect();
            let array = Value::Array(ArrayType::String, Some(Box::new(values)));
            Expr::cust_with_values(format!("{column} = ANY($1)"), [array])
        }
        _ => {
            let json = serde_json::Value::from(values).to_string();
            Expr::cust_with_values(
                format!("{column} IN (SELECT value FROM json_each(?))"),
                [json],
            )
        }
    }
}

/// How a column's values travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    BigInt,
    Int,
    Bool,
    Uuid,
    Bytes,
}

struct Field {
    name: &'static str,
    kind: Kind,
    nullable: bool,
}

async fn write<A: ActiveModelTrait>(
    tx: &impl ConnectionTrait,
    rows: Vec<A>,
    conflict: &str,
) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let columns: Vec<Column<A>> = Column::<A>::iter().collect();
    let fields: Vec<Field> = columns.iter().map(field).collect::<Result<_, _>>()?;
    let backend = tx.get_database_backend();
    let text = text(
        backend,
        A::Entity::default().table_name(),
        &fields,
        conflict,
    );
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut table = Vec::new();
        for mut row in rows.by_ref().take(ROWS) {
            let values = columns.iter().map(|column| {
                let unset = || DbErr::Custom(format!("{} is not set", column.as_str()));
                row.take(*column).into_value().ok_or_else(unset)
            });
            table.push(values.collect::<Result<Vec<Value>, DbErr>>()?);
        }
        let values = match backend {
            DbBackend::Postgres => arrays(&fields, table)?,
            _ => vec![Value::from(json(table)?)],
        };
        let statement = Statement::from_sql_and_values(backend, text.as_str(), values);
        tx.execute_raw(statement).await?;
    }
    Ok(())
}

fn field<C: ColumnTrait>(column: &C) -> Result<Field, DbErr> {
    let definition = column.def();
    let kind = match definition.get_column_type() {
        ColumnType::String(_) | ColumnType::Text => Kind::Text,
        ColumnType::BigInteger => Kind::BigInt,
        ColumnType::Integer => Kind::Int,
        ColumnType::Boolean => Kind::Bool,
        ColumnType::Uuid => Kind::Uuid,
        ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob => Kind::Bytes,
        other => {
            let name = column.as_str();
            return Err(DbErr::Custom(format!(
                "column {name}: {other:?} in many rows"
            )));
        }
    };
    Ok(Field {
        name: column.as_str(),
        kind,
        nullable: definition.is_null(),
    })
}

/// The statement; the same for any number of rows.
fn text(backend: DbBackend, table: &str, fields: &[Field], conflict: &str) -> String {
    let names: Vec<String> = fields.iter().map(|it| format!("\"{}\"", it.name)).collect();
    let names = names.join(", ");
    if backend != DbBackend::Postgres {
        let of = |(index, it): (usize, &Field)| match it.kind {
            Kind::Uuid | Kind::Bytes => format!("unhex(value ->> {index})"),
            _ => format!("value ->> {index}"),
        };
        let selected: Vec<String> = fields.iter().enumerate().map(of).collect();
        let selected = selected.join(", ");
        // WHERE tells the parser that ON does not begin a join.
        return format!(
            "INSERT INTO \"{table}\" ({names}) SELECT {selected} FROM json_each(?) WHERE true{conflict}"
        );
    }
    let (mut selected, mut sent, mut called) = (vec![], vec![], vec![]);
    for (index, it) in fields.iter().enumerate() {
        called.push(format!("c{index}"));
        if it.nullable {
            selected.push(format!("NULLIF(c{index}, '')::{}", it.kind.name()));
            sent.push(format!("${}::text[]", index + 1));
        } else {
            selected.push(format!("c{index}"));
            sent.push(format!("${}::{}[]", index + 1, it.kind.name()));
        }
    }
    format!(
        "INSERT INTO \"{table}\" ({names}) SELECT {} FROM UNNEST({}) AS sent ({}){conflict}",
        selected.join(", "),
        sent.join(", "),
        called.join(", ")
    )
}

/// An array for each column. Arrays hold no NULL here, so a column that may be NULL travels as text, NULL as "".
fn arrays(fields: &[Field], table: Vec<Vec<Value>>) -> Result<Vec<Value>, DbErr> {
    let mut arrays: Vec<Vec<Value>> = fields
        .iter()
        .map(|_| Vec::with_capacity(table.len()))
        .collect();
    for row in table {
        for ((array, field), value) in arrays.iter_mut().zip(fields).zip(row) {
            array.push(if field.nullable {
                Value::from(nullable(field, &value)?)
            } else {
                value
            });
        }
    }
    let typed = |(field, values): (&Field, Vec<Value>)| {
        let kind = if field.nullable {
            Kind::Text
        } else {
            field.kind
        };
        Value::Array(kind.array(), Some(Box::new(values)))
    };
    Ok(fields.iter().zip(arrays).map(typed).collect())
}

fn nullable(field: &Field, value: &Value) -> Result<String, DbErr> {
    match value {
        Value::BigInt(it) => Ok(it.map(|it| it.to_string()).unwrap_or_default()),
        Value::Int(it) => Ok(it.map(|it| it.to_string()).unwrap_or_default()),
        Value::Bool(it) => Ok(it.map(|it| it.to_string()).unwrap_or_default()),
        Value::Uuid(it) => Ok(it.map(|it| it.to_string()).unwrap_or_default()),
        // "" is a text of its own.
        _ => Err(DbErr::Custom(format!(
            "column {} may not be NULL in many rows",
            field.name
        ))),
    }
}

/// All rows as a JSON array of arrays.
fn json(table: Vec<Vec<Value>>) -> Result<String, DbErr> {
    let failed = |error: std::fmt::Error| DbErr::Custom(error.to_string());
    let mut out = String::from("[");
    for (number, row) in table.into_iter().enumerate() {
        out.push_str(if number == 0 { "[" } else { ",[" });
        for (index, value) in row.into_iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            match value {
                Value::String(Some(it)) => {
                    let quoted = serde_json::to_string(it.as_str());
                    out.push_str(&quoted.map_err(|error| DbErr::Json(error.to_string()))?);
                }
                Value::BigInt(Some(it)) => write!(out, "{it}").map_err(failed)?,
                Value::Int(Some(it)) => write!(out, "{it}").map_err(failed)?,
                Value::Bool(Some(it)) => write!(out, "{it}").map_err(failed)?,
                Value::Uuid(Some(it)) => write!(out, "\"{}\"", it.simple()).map_err(failed)?,
                Value::Bytes(Some(it)) => {
                    write!(out, "\"{}\"", hex::encode(&*it)).map_err(failed)?
                }
                _ => out.push_str("null"),
            }
        }
        out.push(']');
    }
    out.push(']');
    Ok(out)
}

impl Kind {
    /// PostgreSQL's word for it.
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::BigInt => "bigint",
            Self::Int => "integer",
            Self::Bool => "boolean",
            Self::Uuid => "uuid",
            Self::Bytes => "bytea",
        }
    }

    fn array(self) -> ArrayType {
        match self {
            Self::Text => ArrayType::String,
            Self::BigInt => ArrayType::BigInt,
            Self::Int => ArrayType::Int,
            Self::Bool => ArrayType::Bool,
            Self::Uuid => ArrayType::Uuid,
            Self::Bytes => ArrayType::Bytes,
        }
    }
}

#[cfg(test)]
mod tests;
