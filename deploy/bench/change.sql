-- What one change of benches/commit.rs writes, as a transaction of its own. The tables are kit's: run that benchmark
-- with the same database first, so that they and the head row exist.
\set a random(1, 100000000)
begin;
select district,epoch,position,hash from log_head where district='320311' for update;
select key,body_hash,answer from request where key = 'k' || :a;
select * from aggregate where district='320311' and kind='part' and id='p' || :a;
insert into event values ('320311', (select position+1 from log_head where district='320311'), gen_random_uuid(), 'part', 'p'||:a||random(), 1, 'Noted', '{"Noted":{"note":"垃圾已清运，现场照片两张"}}', 'zhang-wei','sanitation',1,2,'','0000000000000000000000000000000000000000000000000000000000000000','0000000000000000000000000000000000000000000000000000000000000000');
insert into aggregate values ('320311','part','p'||:a,1,'0000000000000000000000000000000000000000000000000000000000000000',null,'{"notes":["垃圾已清运，现场照片两张"]}') on conflict (district,kind,id) do update set version=excluded.version, hash=excluded.hash, wake_at=excluded.wake_at, state=excluded.state;
update log_head set position=position+1 where district='320311';
insert into request values ('k'||:a||random(),'0000000000000000000000000000000000000000000000000000000000000000','\x00010203',1);
commit;
