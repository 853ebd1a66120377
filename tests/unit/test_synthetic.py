"""The synthetic population: what the issue promises is in it, and the same seed gives the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from openp4p import synthetic
from openp4p.claims.tables import TABLES
from openp4p.errors import UsageError
from openp4p.synthetic import population as population_module
from openp4p.synthetic.market import TABLES as MADE
from openp4p.synthetic.market import sql
from tests.populations import ask, population

PEOPLE = 2500
FIRST_SUPPLIER = 990  # practices of a market are numbered below it


@pytest.fixture(scope="module")
def folder() -> Path:
    return population(PEOPLE)


def count(folder: Path, sql: str) -> int:
    return ask(folder, f"SELECT count(*) FROM ({sql})")[0][0]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_at_any_number_of_threads(tmp_path, monkeypatch):
    monkeypatch.setattr(population_module, "PEOPLE_IN_A_MARKET", 60)
    for name, people, threads, seed in (
        ("one", 120, 1, 5),
        ("two", 120, 2, 5),
        ("other", 60, 1, 6),
    ):
        synthetic.synthesize(people, seed, tmp_path / name, threads=threads)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    assert "claim/part-0001.parquet" in one, "two markets, so that two threads have work"
    assert one == two
    other = digests(tmp_path / "other")  # the first market alone, of another seed
    assert not {name for name in other if one[name] == other[name]}


def test_the_files_of_all_parts_are_those_of_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(population_module, "PEOPLE_IN_A_MARKET", 30)
    synthetic.synthesize(90, 5, tmp_path / "whole")
    for number in (1, 2):
        part = synthetic.Part(number, 2)
        synthetic.synthesize(90, 5, tmp_path / f"part-{number}", part=part)
    first, second = (rows_of(tmp_path / f"part-{number}") for number in (1, 2))
    assert not first.keys() & second.keys()
    assert first | second == rows_of(tmp_path / "whole")
    assert len({name.rpartition("-")[2] for name in second}) == 2
    assert "--part 2/2" in (tmp_path / "part-2" / "README.md").read_text("utf-8")


def test_fewer_services_make_a_lighter_population_of_the_same_people(tmp_path):
    for name, services in (("usual", 1.0), ("light", 0.3)):
        synthetic.synthesize(600, 5, tmp_path / name, services=services)
    usual, light = tmp_path / "usual", tmp_path / "light"
    people = "SELECT * FROM beneficiary ORDER BY ALL"
    assert ask(light, people) == ask(usual, people)
    visits = "claim_line WHERE claim_class = 'PART_B' AND place_of_service = '11'"
    (most,), (few,) = (ask(f, "SELECT count(*) FROM claim_line")[0] for f in (usual, light))
    assert 0.4 * most < few < 0.8 * most
    (all_visits,), (their_visits,) = (
        ask(f, f"SELECT count(*) FROM {visits} AND specialty IN ('08', '11')")[0]
        for f in (usual, light)
    )
    assert their_visits > 0.9 * all_visits
    assert "--services 0.3" in (light / "README.md").read_text("utf-8")
    assert "--services" not in (usual / "README.md").read_text("utf-8")


@pytest.mark.parametrize("services", [0, -1, 1.5])
def test_a_share_of_services_that_is_none_is_refused(tmp_path, services):
    with pytest.raises(UsageError, match="no share"):
        synthetic.synthesize(20, 1, tmp_path / "p", services=services)


def rows_of(folder: Path) -> dict[str, str]:
    """The digest of each file with rows of a table."""
    return {name: digest for name, digest in digests(folder).items() if name.endswith(".parquet")}


def test_a_country_has_markets_enough_and_no_number_is_given_twice(tmp_path):
    markets = population_module.markets_of(33_000_000, 1)
    assert sum(market.people for market in markets) == 33_000_000
    assert [market.first_person for market in markets[1:]] == [
        before.first_person + before.people for before in markets[:-1]
    ]
    assert max(market.practices for market in markets) < FIRST_SUPPLIER
    with duckdb.connect() as connection:
        connection.execute("CREATE MACRO seed() AS 1")
        connection.execute(sql("random"))
        for name, different in (("npi_of(market * 1000000 + m)", 3), ("tin_of(market * 1000)", 1)):
            given = connection.execute(
                f"SELECT count(DISTINCT n), bool_or(n[1] IN ('1', '2')), list(DISTINCT length(n)) "
                f"FROM (SELECT {name} AS n FROM range(?) t(market), "
                "(VALUES (0), (999), (998999)) u(m))",
                [len(markets)],
            ).fetchone()
            length = 10 if different == 3 else 9
            assert given == (len(markets) * different, False, [length])


def test_every_file_says_that_it_is_synthetic(folder):
    parquet = sorted(folder.rglob("*.parquet"))
    assert {path.parent.name for path in parquet} == set(MADE)
    with duckdb.connect() as connection:
        for path in parquet:
            said = connection.execute(
                "SELECT decode(value) FROM parquet_kv_metadata($path) "
                "WHERE decode(key) = 'synthetic'",
                {"path": str(path)},
            ).fetchall()
            assert said == [(synthetic.SYNTHETIC,)], path
    others = [path for path in folder.rglob("*") if path.is_file() and path not in parquet]
    names = sorted(path.name for path in others)
    assert names == ["README.md", "population.html", "true_quality.tab"]
    assert all(synthetic.SYNTHETIC in path.read_text("utf-8") for path in others)


@pytest.mark.parametrize("table", list(MADE))
def test_no_key_of_a_table_repeats(folder, table):
    key = ", ".join(TABLES[table].key)
    assert count(folder, f'SELECT 1 FROM "{table}"') > 0
    assert not ask(folder, f'SELECT {key} FROM "{table}" GROUP BY ALL HAVING count(*) > 1 LIMIT 3')


@pytest.mark.parametrize("table", list(MADE))
def test_every_required_column_of_a_table_is_filled(folder, table):
    required = [name for name, column in TABLES[table].columns.items() if column.required]
    empty = " OR ".join(f"{name} IS NULL" for name in required)
    assert count(folder, f'SELECT 1 FROM "{table}" WHERE {empty}') == 0


def test_claims_are_stored_by_person_and_then_by_date(folder):
    for table in ("claim", "claim_line"):
        out_of_order = ask(
            folder,
            "SELECT count(*) FROM (SELECT beneficiary_id AS b, from_date AS d, "
            "lag(beneficiary_id) OVER () AS pb, lag(from_date) OVER () AS pd "
            f"FROM {table}) WHERE b < pb OR (b = pb AND d < pd)",
        )
        assert out_of_order == [(0,)]


def test_two_years_of_claims_with_ten_to_thirty_professional_lines_a_year(folder):
    years = ask(
        folder,
        "SELECT year(from_date), count(*) FROM claim_line WHERE claim_class = 'PART_B' "
        "GROUP BY 1 ORDER BY 1",
    )
    assert [year for year, _lines in years] == [2014, 2015]
    assert all(10 <= lines / PEOPLE <= 30 for _year, lines in years)


def test_codes_change_from_icd_9_to_icd_10_in_october_2015(folder):
    rows = ask(
        folder,
        "SELECT d.icd_version, min(coalesce(c.discharge_date, c.from_date)), "
        "max(coalesce(c.discharge_date, c.from_date)) FROM diagnosis d JOIN claim c "
        "USING (claim_id) GROUP BY 1 ORDER BY 1",
    )
    (nine, _first, last_nine), (ten, first_ten, _last) = rows
    assert (nine, ten) == (9, 10)
    assert str(last_nine) <= "2015-09-30" < "2015-10-01" <= str(first_ten)
    shapes = ask(folder, "SELECT icd_version, code FROM diagnosis GROUP BY ALL")
    assert not [code for version, code in shapes if version == 10 and code[0].isdigit()]
    assert not [code for version, code in shapes if version == 9 and code[0] not in "0123456789V"]


def test_stays_have_drg_discharge_status_and_procedures(folder):
    stays = ask(
        folder,
        "SELECT count(*), count(drg), count(discharge_status), count(ccn), "
        "count(DISTINCT discharge_status) FROM claim WHERE claim_class = 'INPATIENT'",
    )[0]
    assert stays[0] > 500
    assert stays[1] == stays[2] == stays[3] == stays[0]
    assert stays[4] >= 6
    assert count(folder, 'SELECT DISTINCT code FROM "procedure"') >= 10


def test_stays_of_a_person_do_not_overlap_but_for_transfers(folder):
    overlapping = count(
        folder,
        """
        WITH once AS (
            SELECT beneficiary_id, admission_date, discharge_date FROM claim
            WHERE claim_class = 'INPATIENT' AND drg NOT IN ('945', '207') GROUP BY ALL
        ),
        stay AS (
            SELECT *, lead(admission_date) OVER (PARTITION BY beneficiary_id
                ORDER BY admission_date, discharge_date) AS next_admitted
            FROM once
        )
        SELECT 1 FROM stay WHERE next_admitted < discharge_date
        """,
    )
    assert overlapping == 0


def test_nothing_happens_before_coverage_or_after_death_or_in_medicare_advantage(folder):
    outside = count(
        folder,
        "SELECT 1 FROM claim c ANTI JOIN (SELECT beneficiary_id, year_month FROM enrollment_month "
        "WHERE NOT ma_enrolled) e ON c.beneficiary_id = e.beneficiary_id "
        "AND year(c.from_date) * 100 + month(c.from_date) = e.year_month",
    )
    assert outside == 0
    late = count(
        folder,
        "SELECT 1 FROM claim JOIN beneficiary USING (beneficiary_id) WHERE from_date > death_date",
    )
    assert late == 0


@pytest.mark.parametrize(
    ("what", "sql", "fewest"),
    [
        ("deaths", "SELECT 1 FROM beneficiary WHERE death_date IS NOT NULL", 80),
        (
            "part-year enrolment",
            "SELECT 1 FROM enrollment_month GROUP BY beneficiary_id "
            "HAVING min(year_month) > 201401",
            80,
        ),
        (
            "months in Medicare Advantage",
            "SELECT DISTINCT beneficiary_id FROM enrollment_month WHERE ma_enrolled",
            50,
        ),
        (
            "one part alone",
            "SELECT DISTINCT beneficiary_id FROM enrollment_month WHERE part_a <> part_b",
            10,
        ),
        (
            "full Medicaid benefits",
            "SELECT DISTINCT beneficiary_id FROM enrollment_month "
            "WHERE dual_status IN ('02', '04', '08')",
            150,
        ),
        ("residence abroad", "SELECT 1 FROM beneficiary WHERE NOT is_us_resident", 1),
        (
            "end-stage renal disease",
            "SELECT DISTINCT beneficiary_id FROM enrollment_month "
            "WHERE entitlement_status IN ('11', '21')",
            5,
        ),
        ("adjusted claims", "SELECT 1 FROM claim WHERE adjustment_type = '2'", 100),
        ("cancelled claims", "SELECT 1 FROM claim WHERE adjustment_type = '1'", 100),
        ("denied lines", "SELECT 1 FROM claim_line WHERE processing_indicator = 'C'", 100),
        ("practices", "SELECT DISTINCT tin FROM provider_enrollment", 15),
        ("ACO practices", "SELECT 1 FROM model_participation WHERE model = 'mssp'", 2),
        ("group reporters", "SELECT 1 FROM pqrs_success WHERE npi IS NULL", 1),
        ("professionals who report", "SELECT 1 FROM pqrs_success WHERE npi IS NOT NULL", 10),
        (
            "practices that do not report",
            "SELECT DISTINCT tin FROM provider_enrollment "
            "ANTI JOIN (SELECT tin FROM pqrs_success) USING (tin) "
            "ANTI JOIN (SELECT tin FROM model_participation) USING (tin)",
            3,
        ),
        ("reports of both years", "SELECT DISTINCT performance_year FROM quality_result", 2),
        (
            "measures with twenty reporters the year before",
            "SELECT measure FROM quality_result WHERE performance_year = 2014 AND tin IS NOT NULL "
            "GROUP BY measure HAVING count(DISTINCT tin) >= 20",
            20,
        ),
        ("surveys", "SELECT DISTINCT measure FROM cahps_result WHERE performance_year = 2014", 12),
        (
            "specialties",
            "SELECT DISTINCT specialty FROM claim_line WHERE claim_class = 'PART_B'",
            30,
        ),
    ],
)
def test_it_has(folder, what, sql, fewest):
    assert count(folder, sql) >= fewest, what


CHARGES = """
    WITH charge AS (
        SELECT beneficiary_id, tin, sum(allowed_amount) AS dollars FROM claim_line
        WHERE claim_class = 'PART_B' AND year(from_date) = 2015
            AND specialty IN ('01', '08', '11', '38', '50', '89', '97')
            AND substr(hcpcs_code, 1, 4) IN ('9920', '9921')
        GROUP BY ALL
    ),
    best AS (SELECT max(dollars) AS first, max(dollars, 2)[2] AS second FROM charge
        GROUP BY beneficiary_id)
    SELECT 1 FROM best WHERE second
"""


def test_pluralities_are_contested_and_some_are_exact_ties(folder):
    close = count(folder, CHARGES + ">= 0.8 * first")
    tied = count(folder, CHARGES + "= first")
    assert close >= 0.03 * PEOPLE
    assert tied >= 0.005 * PEOPLE
    assert tied < close


def test_a_cancellation_takes_back_what_was_paid(folder):
    unmatched = count(
        folder,
        "SELECT 1 FROM claim x WHERE adjustment_type = '1' AND NOT EXISTS (SELECT 1 FROM claim a "
        "WHERE a.control_number = x.control_number AND a.adjustment_type = '0' "
        "AND a.paid_amount = x.paid_amount AND a.effective_date <= x.effective_date)",
    )
    assert unmatched == 0


def test_lines_add_up_to_their_claim(folder):
    off = count(
        folder,
        "SELECT claim_id FROM claim c JOIN claim_line l USING (claim_id) WHERE adjustment_type = "
        "'0' AND right(claim_id, 1) BETWEEN '0' AND '9' GROUP BY claim_id, c.paid_amount, "
        "c.allowed_amount HAVING sum(l.paid_amount) <> c.paid_amount "
        "OR sum(l.allowed_amount) <> c.allowed_amount",
    )
    assert off == 0


def test_numbers_of_professionals_can_belong_to_nobody_and_have_a_true_check_digit(folder):
    def digits_fit(npi: str) -> bool:
        doubled = [int(d) * 2 if n % 2 == 0 else int(d) for n, d in enumerate(npi)]
        return (24 + sum(d // 10 + d % 10 for d in doubled)) % 10 == 0

    npis = [
        row[0] for row in ask(folder, "SELECT DISTINCT npi FROM claim_line WHERE npi IS NOT NULL")
    ]
    assert len(npis) > 50
    assert all(npi.startswith("9") and len(npi) == 10 and digits_fit(npi) for npi in npis)


def test_a_folder_that_holds_something_is_not_overwritten(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not an empty folder"):
        synthetic.synthesize(10, 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(("people", "seed", "match"), [(0, 1, "cannot be made"), (10, -1, "seed")])
def test_what_cannot_be_made_is_refused(tmp_path, people, seed, match):
    with pytest.raises(UsageError, match=match):
        synthetic.synthesize(people, seed, tmp_path / "population")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("asked", ["0/2", "3/2", "1/0", "2/2", "2", "a/b", "1/2/3"])
def test_a_part_that_is_not_there_is_refused(tmp_path, asked):
    with pytest.raises(UsageError, match=r"cannot be made|is not a part"):
        synthetic.synthesize(10, 1, tmp_path / "population", part=synthetic.Part.named(asked))
    assert not list(tmp_path.iterdir())


def test_progress_counts_the_markets(tmp_path, monkeypatch):
    monkeypatch.setattr(population_module, "PEOPLE_IN_A_MARKET", 10)
    said: list[tuple[str, int, int]] = []
    synthetic.synthesize(20, 1, tmp_path / "p", progress=lambda *step: said.append(step))
    assert said == [("markets", 0, 2), ("markets", 1, 2), ("markets", 2, 2)]
