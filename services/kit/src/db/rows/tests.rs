//! What is written is what is read, on SQLite and on PostgreSQL.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, Set, TransactionTrait, entity::prelude::Uuid,
};

use super::{Guard, Writes, among};
use crate::{db::Db, testing};

mod sample {
    #![allow(unreachable_pub)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sample")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub long: String,
        pub big: i64,
        pub small: i32,
        pub sure: bool,
        pub uuid: Uuid,
        pub bytes: Vec<u8>,
        pub at: Option<i64>,
        pub task: Option<Uuid>,
        pub passed: Option<bool>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn samples() -> Vec<sample::Model> {
    let texts = [
        "",
        "垃圾 \"已清运\" \\ ' 🧹\n\t",
        "null",
        "a,b;{}[]",
        "\u{1}\u{7f}",
    ];
    let sample = |(index, text): (usize, &&str)| {
        let odd = index % 2 == 1;
        sample::Model {
            id: (*text).to_owned(),
            long: text.repeat(index + 2),
            big: [0, i64::MAX, i64::MIN, -1, 9_007_199_254_740_993][index],
            small: [0, i32::MAX, i32::MIN, -1, 7][index],
            sure: odd,
            uuid: Uuid::from_u128(u128::MAX - index as u128),
            bytes: [
                vec![],
                vec![0],
                vec![255, 0, 39],
                b"'; drop".to_vec(),
                vec![1; 300],
            ][index]
                .clone(),
            at: odd.then_some(i64::MIN + 1),
            task: odd.then(Uuid::nil),
            passed: odd.then_some(index == 1),
        }
    };
    texts.iter().enumerate().map(sample).collect()
}

async fn create(tx: &DatabaseTransaction) {
    let (bytes, uuid) = match tx.get_database_backend() {
        DbBackend::Postgres => ("bytea", "uuid"),
        _ => ("blob", "blob"),
    };
    tx.execute_unprepared(&format!(
        "CREATE TABLE sample (id text PRIMARY KEY, long text NOT NULL, big bigint NOT NULL, small integer NOT NULL, sure boolean NOT NULL, \
         uuid {uuid} NOT NULL, bytes {bytes} NOT NULL, at bigint, task {uuid}, passed boolean)"
    ))
    .await
    .unwrap();
}

async fn read(tx: &DatabaseTransaction) -> Vec<sample::Model> {
    let all = sample::Entity::find().order_by_asc(sample::Column::Big);
    all.all(tx).await.unwrap()
}

#[tokio::test]
async fn many_rows_arrive_as_single_ones_would() {
    for database in testing::databases().await {
        let db = Db::open(&database.config).await.unwrap();
        let tx = db.begin().await.unwrap();
        create(&tx).await;
        let rows = samples();
        let active = |rows: &[sample::Model]| -> Vec<sample::ActiveModel> {
            let set = rows
                .iter()
                .map(|it| it.clone().into_active_model().reset_all());
            set.collect()
        };

        // As single rows, for comparison; forgotten again.
        #[allow(clippy::disallowed_methods)] // a savepoint of this test
        let single = tx.begin().await.unwrap();
        for row in active(&rows) {
            sample::Entity::insert(row)
                .exec_without_returning(&single)
                .await
                .unwrap();
        }
        let expected = read(&single).await;
        single.rollback().await.unwrap();

        // One that is empty, alone: there is nothing long in the whole request. Forgotten again.
        #[allow(clippy::disallowed_methods)] // a savepoint of this test
        let alone = tx.begin().await.unwrap();
        let mut writes = Writes::new(&alone);
        writes.insert(active(&rows[..1])).await.unwrap();
        writes.finish().await.unwrap();
        assert_eq!(read(&alone).await, rows[..1], "{}", database.name);
        alone.rollback().await.unwrap();

        let mut writes = Writes::new(&tx);
        writes.insert(active(&rows)).await.unwrap();
        writes.finish().await.unwrap();
        assert_eq!(read(&tx).await, expected, "{}", database.name);
        assert_eq!(expected.len(), rows.len());

        let among = among(
            &tx,
            sample::Column::Id,
            vec!["null".into(), rows[1].id.clone(), "?".into()],
        );
        let found = sample::Entity::find().filter(among).all(&tx).await.unwrap();
        assert_eq!(found.len(), 2, "{}", database.name);

        let mut changed = rows.clone();
        for row in &mut changed {
            (row.small, row.at, row.passed) = (5, Some(6), None);
        }
        let key = [sample::Column::Id];
        let replaced = [sample::Column::Small, sample::Column::At];
        let mut writes = Writes::new(&tx);
        writes
            .upsert(active(&changed), &key, &replaced)
            .await
            .unwrap();
        writes.finish().await.unwrap();
        for (now, before) in read(&tx).await.iter().zip(&expected) {
            assert_eq!((now.small, now.at), (5, Some(6)), "{}", database.name);
            assert_eq!(now.passed, before.passed, "what is not replaced stays");
        }

        let unset = sample::ActiveModel {
            id: Set("x".into()),
            ..Default::default()
        };
        let mut writes = Writes::new(&tx);
        writes.insert(vec![unset]).await.unwrap_err();
        writes.insert(active(&rows[..1])).await.unwrap();
        writes.finish().await.unwrap_err(); // a key that is there; PostgreSQL gives the transaction up
        tx.rollback().await.unwrap();
    }
}

/// One statement writes all of it if its guard holds, and nothing otherwise.
#[tokio::test]
async fn a_guarded_statement_writes_everything_or_nothing() {
    for database in testing::databases().await {
        let db = Db::open(&database.config).await.unwrap();
        if !db.is_postgres() {
            continue;
        }
        let tx = db.begin().await.unwrap();
        create(&tx).await;
        for holds in [false, true] {
            let mut writes = Writes::gathered();
            let rows = samples().into_iter();
            let rows = rows.map(|it| it.into_active_model().reset_all());
            writes.insert(rows.collect()).await.unwrap();
            assert!(writes.written().await.is_err(), "there is no transaction");
            let guard = Guard {
                text: "SELECT 1 WHERE $1",
                values: vec![holds.into()],
            };
            let statement = writes.guarded(guard).unwrap();
            let held = tx.query_one_raw(statement).await.unwrap();
            assert_eq!(held.is_some(), holds);
            let expected = if holds { samples().len() } else { 0 };
            assert_eq!(read(&tx).await.len(), expected);
        }
        tx.rollback().await.unwrap();
    }
}
