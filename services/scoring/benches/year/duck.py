"""The other side of the bench `year`: DuckDB on the same facts, from Parquet.

duck.py load FILE KIND      rows as CSV on standard input, into one Parquet file
duck.py month FOLDER MONTH  a month's indicators per organization from that month's rounds: best and median of five
duck.py year FOLDER [DB]    every count per organization, role and day from all rounds and cases;
                            with a database of scoring, compares each with the stored one
"""

import resource
import sqlite3
import statistics
import sys
import time

import duckdb

TIMES = [
    "offered_at", "sign_due_at", "signed_at", "on_site_due_at", "on_site_at", "disposal_due_at", "reported_at",
    "checked_at", "ruled_at", "first_due_at", "arrears_at",
]
ROUNDS = {
    **{it: "VARCHAR" for it in ["organization", "area", "matter", "source", "role"]},
    **{it: "INTEGER" for it in ["task", "assignment", "round", "rounds", "extensions"]},
    **{it: "BOOLEAN" for it in ["passed", "upheld"]},
    **{it: "BIGINT" for it in TIMES},
}
CASES = {
    **{it: "VARCHAR" for it in ["organization", "area", "matter", "source"]},
    **{it: "BIGINT" for it in ["reported_at", "filed_at", "intake_due_at", "dispatch_due_at", "dispatched_at"]},
    # How its task finished: when, who led it, whether in time.
    "finished_at": "BIGINT", "lead": "VARCHAR", "on_time": "BOOLEAN",
}

FIRST, LAST = "round = 1", "round = rounds"
# Each date with the cells that are counted on it. A deadline that was missed counts on its day until it is met.
OF_ROUNDS = {
    "offered_at": {"offered": FIRST, "self_found": f"{FIRST} AND source = 'PATROL'"},
    "signed_at": {
        "sign_done": FIRST,
        "sign_on_time": f"{FIRST} AND signed_at <= sign_due_at",
        "sign_late_out": f"{FIRST} AND signed_at > sign_due_at",
    },
    "sign_due_at": {
        "sign_open": f"{FIRST} AND signed_at IS NULL",
        "sign_late_in": f"{FIRST} AND signed_at > sign_due_at",
    },
    "on_site_at": {
        "on_site_done": "true",
        "on_site_on_time": "on_site_at <= on_site_due_at",
        "on_site_late_out": "on_site_at > on_site_due_at",
    },
    "on_site_due_at": {
        "on_site_open": f"on_site_at IS NULL AND {LAST} AND reported_at IS NULL",
        "on_site_late_in": "on_site_at > on_site_due_at",
    },
    "reported_at": {
        "handle_done": "true",
        "handle_on_time": "reported_at <= disposal_due_at",
        "handle_late_out": "reported_at > disposal_due_at",
        "extended_done": "extensions > 0",
        "extended_late_out": "extensions > 0 AND reported_at > disposal_due_at",
    },
    "disposal_due_at": {
        "handle_open": f"reported_at IS NULL AND {LAST}",
        "handle_late_in": "reported_at > disposal_due_at",
        "extended_open": f"extensions > 0 AND reported_at IS NULL AND {LAST}",
        "extended_late_in": "extensions > 0 AND reported_at > disposal_due_at",
    },
    "checked_at": {
        "first_checked": FIRST,
        "first_passed": f"{FIRST} AND passed",
        "close_done": "passed",
        "close_on_time": "passed AND reported_at <= first_due_at",
        "close_late_out": "passed AND arrears_at IS NOT NULL",
        "reworked_done": "passed AND rounds > 1",
        "reworked_late_out": "passed AND rounds > 1 AND arrears_at IS NOT NULL",
    },
    # When it fell into arrears: only on the round that closed it late, or on the last of one that is open.
    "arrears_at": {
        "close_open": "passed IS NOT TRUE",
        "close_late_in": "passed",
        "reworked_open": "rounds > 1 AND passed IS NOT TRUE",
        "reworked_late_in": "rounds > 1 AND passed",
    },
    "ruled_at": {"objections_ruled": "true", "objections_upheld": "upheld"},
}
OF_CASES = {
    "reported_at": {"cases_reported": "true", "cases_filed": "filed_at IS NOT NULL"},
    "filed_at": {"intake_done": "true", "intake_on_time": "filed_at <= intake_due_at"},
    "dispatched_at": {"dispatch_done": "true", "dispatch_on_time": "dispatched_at <= dispatch_due_at"},
}


def day(column):
    """The civil day in Shanghai, eight hours ahead all year, as a number of days."""
    return f"(({column} + 28800000000) // 86400000000)"


def load(file, kind):
    columns = {"rounds": ROUNDS, "cases": CASES}[kind]
    duckdb.execute(
        f"COPY (SELECT * FROM read_csv('/dev/stdin', header = false, columns = {columns})) "
        f"TO '{file}.part' (FORMAT parquet, COMPRESSION zstd)"
    )


def month(folder, name):
    file = f"{folder}/rounds-{name}.parquet"
    year, number = map(int, name.split("-"))
    begin = f"epoch_us(make_timestamp({year}, {number}, 1, 0, 0, 0)) - 28800000000"
    next_month = (year + number // 12, number % 12 + 1)
    end = f"epoch_us(make_timestamp({next_month[0]}, {next_month[1]}, 1, 0, 0, 0)) - 28800000000"
    first, last = duckdb.execute(f"SELECT {begin}, {end}").fetchall()[0]
    within = lambda column: f"{column} >= {first} AND {column} < {last}"
    passed = f"passed AND {within('checked_at')}"
    counts = {
        "offered": f"{FIRST} AND {within('offered_at')}",
        "signed": f"{FIRST} AND {within('signed_at')}",
        "signed_on_time": f"{FIRST} AND {within('signed_at')} AND signed_at <= sign_due_at",
        "on_site": within("on_site_at"),
        "on_site_on_time": f"{within('on_site_at')} AND on_site_at <= on_site_due_at",
        "handled": within("reported_at"),
        "handled_on_time": f"{within('reported_at')} AND reported_at <= disposal_due_at",
        "unhandled": f"disposal_due_at < {last} AND coalesce(reported_at, {last}) >= {last}",
        "closed": passed,
        "closed_on_time": f"{passed} AND reported_at <= first_due_at",
        "reworked": f"{passed} AND rounds > 1",
        "unclosed": f"{LAST} AND arrears_at < {last} AND (passed IS NOT TRUE OR checked_at >= {last})",
        "first_checked": f"{FIRST} AND {within('checked_at')}",
        "first_passed": f"{FIRST} AND passed AND {within('checked_at')}",
    }
    cells = ", ".join(f"count(*) FILTER ({what}) AS {cell}" for cell, what in counts.items())
    query = f"SELECT organization, {cells} FROM '{file}' GROUP BY organization ORDER BY organization"
    rounds = duckdb.execute(f"SELECT count(*) FROM '{file}'").fetchall()[0][0]
    times = []
    for _ in range(5):
        begin = time.monotonic()
        rows = duckdb.execute(query).fetchall()
        times.append(1000 * (time.monotonic() - begin))
    print(
        f"DuckDB {duckdb.__version__}, {rounds} rounds of {name}, {len(rows)} organizations: "
        f"best {min(times):.0f} ms, median {statistics.median(times):.0f} ms"
    )


def counted(source, dates, role):
    for date, cells in dates.items():
        counts = ", ".join(f"count(*) FILTER ({what})" for what in cells.values())
        rows = duckdb.execute(
            f"SELECT {day(date)}, organization, {role}, {counts} FROM '{source}' "
            f"WHERE {date} IS NOT NULL GROUP BY ALL"
        ).fetchall()
        for at, organization, of_role, *values in rows:
            for cell, value in zip(cells, values):
                if value:
                    yield (organization, of_role, at, cell), value


def year(folder, database=None):
    # The pattern is DuckDB's own: all months at once.
    begin = time.monotonic()
    sums = dict(counted(f"{folder}/rounds-*.parquet", OF_ROUNDS, "role"))
    sums.update(counted(f"{folder}/cases-*.parquet", OF_CASES, "''"))
    sums.update(closed(folder))
    seconds = time.monotonic() - begin
    rounds = duckdb.execute(f"SELECT count(*) FROM '{folder}/rounds-*.parquet'").fetchall()[0][0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"DuckDB: {rounds} rounds counted by day in {seconds:.1f} s, peak {peak} MiB, {len(sums)} counts")
    if database:
        compare(database, sums)


def closed(folder):
    rows = duckdb.execute(
        f"SELECT {day('finished_at')}, lead, count(*), count(*) FILTER (on_time) "
        f"FROM '{folder}/cases-*.parquet' WHERE finished_at IS NOT NULL GROUP BY ALL"
    ).fetchall()
    for at, organization, all_of_them, on_time in rows:
        yield (organization, "LEAD", at, "cases_closed"), all_of_them
        if on_time:
            yield (organization, "LEAD", at, "cases_closed_on_time"), on_time


def compare(database, sums):
    db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    epoch = "SELECT CAST(julianday(substr(span, 2)) - 2440587.5 AS INTEGER) AS day, * FROM total"
    equal = 0
    for row in db.execute(f"{epoch} WHERE span LIKE 'D2025%' OR span LIKE 'D2026%'"):
        for cell in row.keys()[5:]:
            expected = sums.pop((row["organization"], row["role"], row["day"], cell), 0)
            assert row[cell] == expected, (dict(row), cell, expected)
            equal += expected != 0
    assert not sums, next(iter(sums.items()))
    print(f"scoring's totals and DuckDB's agree in all {equal} counts")


if __name__ == "__main__":
    {"load": load, "month": month, "year": year}[sys.argv[1]](*sys.argv[2:])
