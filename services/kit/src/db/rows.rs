//! Many rows in one statement whose text does not depend on how many they are, so that it is parsed once and kept:
//! PostgreSQL takes an array for each column (`UNNEST`), SQLite one JSON text (`jsonb_each`, so that a row is not made text again) and beside it, in one piece,
//! all that is long, so that it need not be quoted. And the statements of several tables in one request to the database
//! ([`Writes`]), or of a whole change in one.
//!
//! What must stay true: every column of a row is set; what arrives in the table is what an insert of single rows would
//! have put there, on both; two statements of one request never touch the same row.

use std::{fmt::Write as _, io::Write as _};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ColumnType, ConnectionTrait, DatabaseTransaction, DbBackend,
    DbErr, EntityName, EntityTrait, IdenStatic, Iterable, Statement, Value,
    sea_query::{ArrayType, Expr, SimpleExpr},
};

/// Rows that wait at most, so that a request stays a few megabytes.
const ROWS: usize = 1000;
/// And in one guarded statement.
const ROWS_GUARDED: usize = 8000;
/// Bytes of a short column as a rule.
const COLUMN: usize = 24;

/// The columns of rows of type `A`.
type Column<A> = <<A as ActiveModelTrait>::Entity as EntityTrait>::Column;

/// Rows on their way into their tables, in one transaction. They wait until there are many or [`Writes::finish`] is
/// called, and then go to the database together.
pub struct Writes<'a> {
    /// None: what is written becomes one guarded statement, which is a transaction by itself.
    tx: Option<&'a DatabaseTransaction>,
    waiting: Vec<Waiting>,
    rows: usize,
}

/// What must be true for any of a statement's rows to be written: a statement that changes one row and returns it, or
/// finds none and returns nothing. PostgreSQL only.
pub(crate) struct Guard {
    /// The statement; its parameters are `$1`, `$2`, ...
    pub(crate) text: &'static str,
    /// Its parameters.
    pub(crate) values: Vec<Value>,
}

/// Why something cannot be written by one statement.
const NOT_ONE: &str = "more than one statement can write";

/// Rows of one table.
struct Waiting {
    table: &'static str,
    fields: Vec<Field>,
    conflict: String,
    rows: Vec<Vec<Value>>,
}

impl<'a> Writes<'a> {
    /// Writes in this transaction.
    pub fn new(tx: &'a DatabaseTransaction) -> Self {
        Self {
            tx: Some(tx),
            waiting: Vec::new(),
            rows: 0,
        }
    }

    /// Gathers rows for one guarded statement; see [`Writes::guarded`].
    pub(crate) fn gathered() -> Self {
        Self {
            tx: None,
            waiting: Vec::new(),
            rows: 0,
        }
    }

    /// One statement for all that was gathered. It returns a row if the guard held; else nothing is written. An error
    /// while gathering means that one statement cannot do it.
    pub(crate) fn guarded(self, guard: Guard) -> Result<Statement, DbErr> {
        let Guard { text, mut values } = guard;
        let mut whole = format!("WITH guard AS ({text})");
        for (index, it) in self.waiting.into_iter().enumerate() {
            let text = statement(DbBackend::Postgres, &it, values.len(), true);
            values.extend(arrays(&it.fields, it.rows)?);
            let _ = write!(whole, ", w{index} AS ({text})");
        }
        whole.push_str(" SELECT 1 FROM guard");
        let backend = DbBackend::Postgres;
        Ok(Statement::from_sql_and_values(backend, whole, values))
    }

    /// Inserts rows; one that is there already is an error.
    pub async fn insert<A: ActiveModelTrait>(&mut self, rows: Vec<A>) -> Result<(), DbErr> {
        self.add(rows, String::new()).await
    }

    /// Inserts rows; of one that is there already, by its `key`, these columns are replaced. None of them: it stays as
    /// it is.
    pub async fn upsert<A: ActiveModelTrait>(
        &mut self,
        rows: Vec<A>,
        key: &[Column<A>],
        replaced: &[Column<A>],
    ) -> Result<(), DbErr> {
        let quoted = |it: &Column<A>| format!("\"{}\"", it.as_str());
        let key: Vec<String> = key.iter().map(quoted).collect();
        let set = |it: String| format!("{it} = excluded.{it}");
        let replaced: Vec<String> = replaced.iter().map(|it| set(quoted(it))).collect();
        let then = match replaced.is_empty() {
            true => "NOTHING".to_owned(),
            false => format!("UPDATE SET {}", replaced.join(", ")),
        };
        let conflict = format!(" ON CONFLICT ({}) DO {then}", key.join(", "));
        self.add(rows, conflict).await
    }

    /// The transaction, after everything that waits has been written: for statements of another shape.
    pub async fn written(&mut self) -> Result<&'a DatabaseTransaction, DbErr> {
        self.send().await?;
        self.tx.ok_or_else(|| DbErr::Custom(NOT_ONE.to_owned()))
    }

    /// Writes what waits.
    pub async fn finish(mut self) -> Result<(), DbErr> {
        self.send().await
    }

    async fn add<A: ActiveModelTrait>(
        &mut self,
        rows: Vec<A>,
        conflict: String,
    ) -> Result<(), DbErr> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns: Vec<Column<A>> = Column::<A>::iter().collect();
        let table = A::Entity::default().table_name();
        let most = if self.tx.is_some() {
            ROWS
        } else {
            ROWS_GUARDED
        };
        for mut row in rows {
            let values = columns.iter().map(|column| {
                let unset = || DbErr::Custom(format!("{} is not set", column.as_str()));
                row.take(*column).into_value().ok_or_else(unset)
            });
            let values = values.collect::<Result<Vec<Value>, DbErr>>()?;
            let known = |it: &Waiting| it.table == table && it.conflict == conflict;
            let place = match self.waiting.iter().position(known) {
                Some(place) => place,
                None => {
                    self.waiting.push(Waiting {
                        table,
                        fields: columns.iter().map(field).collect::<Result<_, _>>()?,
                        conflict: conflict.clone(),
                        rows: Vec::new(),
                    });
                    self.waiting.len() - 1
                }
            };
            self.waiting[place].rows.push(values);
            self.rows += 1;
            if self.rows >= most {
                self.send().await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<(), DbErr> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let tx = self.tx.ok_or_else(|| DbErr::Custom(NOT_ONE.to_owned()))?;
        self.rows = 0;
        let waiting = std::mem::take(&mut self.waiting);
        let backend = tx.get_database_backend();
        let (mut texts, mut values) = (Vec::with_capacity(waiting.len()), Vec::new());
        for it in waiting {
            texts.push(statement(backend, &it, values.len(), false));
            match backend {
                DbBackend::Postgres => values.extend(arrays(&it.fields, it.rows)?),
                _ => {
                    let (rows, long) = packed(&it.fields, it.rows)?;
                    values.extend([Value::from(rows), Value::from(long)]);
                }
            }
        }
        let text = match backend {
            DbBackend::Postgres => together(&texts),
            _ => texts.join("; "),
        };
        let statement = Statement::from_sql_and_values(backend, text, values);
        tx.execute_raw(statement).await.map(drop)
    }
}

/// Several INSERTs as one statement of PostgreSQL.
fn together(texts: &[String]) -> String {
    let Some((last, before)) = texts.split_last() else {
        return String::new();
    };
    let mut text = String::new();
    for (index, it) in before.iter().enumerate() {
        text.push_str(if index == 0 { "WITH " } else { ", " });
        let _ = write!(text, "w{index} AS ({it})");
    }
    if !before.is_empty() {
        text.push(' ');
    }
    text + last
}

/// The condition that a text column has one of these values.
pub fn among<C: ColumnTrait>(
    db: &impl ConnectionTrait,
    column: C,
    values: Vec<String>,
) -> SimpleExpr {
    let backend = db.get_database_backend();
    let parameter = match backend {
        DbBackend::Postgres => "$1",
        _ => "?",
    };
    let (listed, values) = listed(backend, parameter, values);
    let (table, column) = (column.entity_name(), column.as_str());
    Expr::cust_with_values(format!("\"{table}\".\"{column}\" {listed}"), [values])
}

/// What follows a text column to say that it has one of these values, and the values as that parameter.
pub(crate) fn listed(backend: DbBackend, parameter: &str, values: Vec<String>) -> (String, Value) {
    match backend {
        DbBackend::Postgres => {
            let values = values.into_iter().map(Value::from).collect();
            let array = Value::Array(ArrayType::String, Some(Box::new(values)));
            (format!("= ANY({parameter})"), array)
        }
        _ => {
            let json = serde_json::Value::from(values).to_string();
            let listed = format!("IN (SELECT value FROM json_each({parameter}))");
            (listed, json.into())
        }
    }
}

/// How a column's values travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    /// A text of the column type `Text`: whole states and events.
    LongText,
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

fn field<C: ColumnTrait>(column: &C) -> Result<Field, DbErr> {
    let definition = column.def();
    let kind = match definition.get_column_type() {
        ColumnType::String(_) => Kind::Text,
        ColumnType::Text => Kind::LongText,
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

/// The statement; the same for any number of rows. Its parameters follow those of the statements `before` it. If it is
/// guarded it does nothing unless the guard returned a row.
fn statement(backend: DbBackend, waiting: &Waiting, before: usize, guarded: bool) -> String {
    let Waiting {
        table,
        fields,
        conflict,
        ..
    } = waiting;
    let names: Vec<String> = fields.iter().map(|it| format!("\"{}\"", it.name)).collect();
    let names = names.join(", ");
    if backend != DbBackend::Postgres {
        // Where the long ones lie takes two places.
        let mut place = 0;
        let mut next = || {
            place += 1;
            place - 1
        };
        let (rows, long) = (before + 1, before + 2);
        let of = |it: &Field| match it.kind {
            Kind::Uuid => format!("unhex(value ->> {})", next()),
            Kind::Bytes => format!(
                "substr(${long}, value ->> {}, value ->> {})",
                next(),
                next()
            ),
            Kind::LongText => format!(
                "CAST(substr(${long}, value ->> {}, value ->> {}) AS TEXT)",
                next(),
                next()
            ),
            _ => format!("value ->> {}", next()),
        };
        let selected: Vec<String> = fields.iter().map(of).collect();
        let selected = selected.join(", ");
        // WHERE tells the parser that ON does not begin a join. FAIL: what an error leaves half done goes with the
        // transaction, so nothing needs to be noted down for taking back this statement alone.
        return format!(
            "INSERT OR FAIL INTO \"{table}\" ({names}) SELECT {selected} FROM jsonb_each(${rows}) WHERE true{conflict}"
        );
    }
    let (mut selected, mut sent, mut called) = (vec![], vec![], vec![]);
    for (index, it) in fields.iter().enumerate() {
        called.push(format!("c{index}"));
        if it.nullable {
            selected.push(format!("NULLIF(c{index}, '')::{}", it.kind.name()));
            sent.push(format!("${}::text[]", before + index + 1));
        } else {
            selected.push(format!("c{index}"));
            sent.push(format!("${}::{}[]", before + index + 1, it.kind.name()));
        }
    }
    let condition = match guarded {
        true => " WHERE EXISTS (SELECT 1 FROM guard)",
        false => "",
    };
    format!(
        "INSERT INTO \"{table}\" ({names}) SELECT {} FROM UNNEST({}) AS sent ({}){condition}{conflict}",
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

/// All rows as a JSON array of arrays, and what is long in them: there it says at which byte that begins, the first is 1,
/// and how many there are. One byte goes before all: a part of nothing is NULL in SQLite.
fn packed(fields: &[Field], table: Vec<Vec<Value>>) -> Result<(String, Vec<u8>), DbErr> {
    let size = |it: &Value| match it {
        Value::String(Some(it)) => it.len(),
        Value::Bytes(Some(it)) => it.len(),
        _ => 0,
    };
    let is_long = |it: &Field| matches!(it.kind, Kind::LongText | Kind::Bytes);
    let columns = fields.iter().enumerate().filter(|(_, it)| is_long(it));
    let columns: Vec<usize> = columns.map(|(index, _)| index).collect();
    let sizes = { table.iter() }.flat_map(|row| columns.iter().filter_map(|it| row.get(*it)));
    let mut long = Vec::with_capacity(1 + sizes.map(size).sum::<usize>());
    long.push(0);
    let mut out = Vec::with_capacity(table.len() * fields.len() * COLUMN);
    out.push(b'[');
    for (number, row) in table.into_iter().enumerate() {
        out.extend_from_slice(if number == 0 { b"[" } else { b",[" });
        for (index, (field, value)) in fields.iter().zip(row).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let mut aside = |bytes: &[u8]| {
                long.extend_from_slice(bytes);
                write!(out, "{},{}", long.len() + 1 - bytes.len(), bytes.len())
            };
            match value {
                Value::String(Some(it)) if field.kind == Kind::LongText => aside(it.as_bytes()),
                Value::Bytes(Some(it)) => aside(&it),
                Value::String(Some(it)) => {
                    serde_json::to_writer(&mut out, it.as_str()).map_err(std::io::Error::from)
                }
                Value::BigInt(Some(it)) => write!(out, "{it}"),
                Value::Int(Some(it)) => write!(out, "{it}"),
                Value::Bool(Some(it)) => write!(out, "{it}"),
                Value::Uuid(Some(it)) => write!(out, "\"{}\"", it.simple()),
                _ if is_long(field) => out.write_all(b"null,null"),
                _ => out.write_all(b"null"),
            }
            .map_err(|it| DbErr::Custom(it.to_string()))?;
        }
        out.push(b']');
    }
    out.push(b']');
    let out = String::from_utf8(out).map_err(|it| DbErr::Custom(it.to_string()))?;
    Ok((out, long))
}

impl Kind {
    /// PostgreSQL's word for it.
    fn name(self) -> &'static str {
        match self {
            Self::Text | Self::LongText => "text",
            Self::BigInt => "bigint",
            Self::Int => "integer",
            Self::Bool => "boolean",
            Self::Uuid => "uuid",
            Self::Bytes => "bytea",
        }
    }

    fn array(self) -> ArrayType {
        match self {
            Self::Text | Self::LongText => ArrayType::String,
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
