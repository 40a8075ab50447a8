-- What one command of an assignment (sign, report, ...) writes, as a transaction of its own: pgbench's side of the
-- comparison in docs/benchmarks.md. Its rows want to wake in 2100, so that timers leave
-- them alone. The tables are dispatch's; run a replay with --database first, so that they exist.
\set n random(1, 1000000000)
BEGIN;
SELECT district, epoch, position, hash FROM log_head WHERE district = '990101' FOR UPDATE;
SELECT key, body_hash, answer FROM request WHERE key = 'bench-' || :n;
SELECT * FROM aggregate WHERE district = '990101' AND kind = 'task' AND id = 'bench-' || :n;
INSERT INTO event (district, position, id, aggregate, aggregate_id, version, kind, payload, person, organization,
    occurred_at, recorded_at, traceparent, prev_hash, hash)
  SELECT '990101', h.position + 1, gen_random_uuid(), 'task', gen_random_uuid()::text, 1, 'AssignmentSigned',
    repeat('x', 900), 'zhang-wei', 'sanitation', 1738000000000000, 1738000000000000, repeat('0', 55), repeat('0', 64), repeat('0', 64)
  FROM log_head h WHERE h.district = '990101';
INSERT INTO aggregate (district, kind, id, version, hash, wake_at, state)
  VALUES ('990101', 'task', 'bench-' || :n, 1, repeat('0', 64), 4102444800000000, repeat('x', 2000))
  ON CONFLICT (district, kind, id) DO UPDATE SET version = excluded.version, hash = excluded.hash,
    wake_at = excluded.wake_at, state = excluded.state;
INSERT INTO task_row (district, id, state, area, matter, organizer, overdue, planned_at)
  VALUES ('990101', gen_random_uuid(), 'Issued', '990101001', 'garbage-heap', 'street-office', false, 1738000000000000)
  ON CONFLICT (district, id) DO UPDATE SET state = excluded.state, overdue = excluded.overdue;
INSERT INTO assignment_row (district, task, number, organization, checker, state, role, area, matter, overdue, offered_at, due_at)
  VALUES ('990101', gen_random_uuid(), 1, 'sanitation', 'supervision-centre', 'Signed', 'Lead', '990101001', 'garbage-heap',
    false, 1738000000000000, 1738000000000000)
  ON CONFLICT (district, task, number) DO UPDATE SET state = excluded.state, overdue = excluded.overdue, due_at = excluded.due_at;
INSERT INTO inbox (district, organization, position, kind)
  SELECT '990101', o.organization, h.position + 1, 'AssignmentSigned'
  FROM log_head h, (VALUES ('sanitation'), ('street-office')) AS o (organization) WHERE h.district = '990101';
UPDATE log_head SET position = position + 1 WHERE district = '990101';
INSERT INTO request (key, body_hash, answer, recorded_at)
  VALUES ('bench-' || :n || gen_random_uuid(), repeat('0', 64), decode(repeat('00', 400), 'hex'), 1738000000000000);
COMMIT;
