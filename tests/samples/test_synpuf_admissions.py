"""All hospital stays of DE-SynPUF sample 1: preventable admissions and readmissions, 2008 to 2010.

No run attributes anybody, since the sample has no carrier claims; here all who are eligible are the
patients of one practice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from ibis import _

from openp4p.attribution.eligible import eligible_beneficiaries
from openp4p.claims.intake import read_claims
from openp4p.engine import open_engine
from openp4p.measures.admission_populations import admission_populations
from openp4p.measures.admissions import preventable_stays
from openp4p.measures.conditions import beneficiary_conditions
from openp4p.measures.stays import inpatient_stays, stay_claims
from tests.conftest import ENGINES
from tests.meta.files import ROOT
from tests.properties.agreeing import same
from tests.readmitted import discharges
from tests.samples.hospital_care import FLAGS, PRACTICE, YEARS, care_of_year, program_of
from tests.samples.hospital_figures import chart, lines_of_page
from tests.samples.public import file_of
from tests.solving import rules_of

# every engine is asked about one year, the first about all
ASKED = [(ENGINES[0], 2008), (ENGINES[0], 2010), *[(name, 2009) for name in ENGINES]]
SUBSET = 3_000
CLAIMS = 66_705
DENOMINATORS = {"populations": "admission_populations", "flagged": "flagged_populations"}
CANONICAL = (
    "beneficiary", "enrollment_month", "claim", "claim_line", "diagnosis", "procedure",
)  # fmt: skip
# indicators that rest on the first diagnosis alone, and the codes with which it begins
FIRST_LISTED = {
    "PQI08": ("39891", "428"),
    "PQI12": ("59010", "59011", "5902", "5903", "59080", "59081", "5909", "5950", "5959", "5990"),
}


@pytest.fixture(scope="module")
def opened(synpuf_full, tmp_path_factory):
    """An engine, the canonical tables, and the folder they are in."""
    folder = tmp_path_factory.mktemp("hospital")
    engine = open_engine("duckdb")
    yield engine, read_claims(synpuf_full, engine, folder / "intake"), folder
    engine.close()


@pytest.fixture(scope="module")
def care(opened, synpuf_full):
    """The rows of every table that is asked about, by year."""
    engine, claims, folder = opened
    wanted = (
        "stay_claims", "inpatient_stays", "preventable_stays", "beneficiary_conditions",
        "stay_parts", "combined_stays", "index_stays", "open_index_stays",
    )  # fmt: skip
    found = {}
    for year in YEARS:
        tables = care_of_year(year, claims, synpuf_full, engine, folder / str(year))
        rows = {name: engine.rows(tables[name]).to_pylist() for name in wanted}
        rows["attributed"] = engine.rows(tables["attributed_beneficiaries"]).to_pylist()
        for name, table in DENOMINATORS.items():
            sums = tables[table].group_by("measure", "reason")
            sums = sums.agg(people=_.count(), events=_.events.sum())
            rows[name] = engine.rows(sums).to_pylist()
        found[year] = rows
    people = engine.rows(claims.tables["beneficiary"]).to_pylist()
    found[2009]["category_of_drg"] = {
        r["drg"]: r["mdc"] for r in rules_of(program_of(2009))["drgs"]
    }
    found[2009]["people"] = {row["beneficiary_id"]: row for row in people}
    return found


@pytest.fixture(scope="module")
def summaries(synpuf_full):
    """What the summary of each year says of each beneficiary."""
    columns = ["BENE_HI_CVRAGE_TOT_MONS", "BENE_SMI_CVRAGE_TOT_MONS", "BENE_HMO_CVRAGE_TOT_MONS"]
    columns += FLAGS.values()
    found = {}
    for year in YEARS:
        path = file_of(synpuf_full, f"{year}_Beneficiary")
        rows = pq.read_table(path, columns=["DESYNPUF_ID", *columns]).to_pylist()
        found[year] = {row["DESYNPUF_ID"]: row for row in rows}
    return found


@pytest.fixture(scope="module")
def bills(synpuf_full):
    """The rows of the inpatient file as they stand in it."""
    columns = ["CLM_ID", "DESYNPUF_ID", "SEGMENT", "CLM_THRU_DT", "PRVDR_NUM", "ICD9_DGNS_CD_1"]
    return pq.read_table(file_of(synpuf_full, "Inpatient"), columns=columns).to_pylist()


def test_every_inpatient_claim_is_in_one_stay_or_set_aside_with_a_reason(opened, bills, care):
    engine, _claims, folder = opened
    first = [row["CLM_ID"] for row in bills if row["SEGMENT"] == "1"]
    assert (len(bills), len(first), len(set(first))) == (CLAIMS + 68, CLAIMS, CLAIMS)
    ledger = engine.rows(engine.read_parquet(folder / "intake" / "accounting_reasons")).to_pylist()
    aside = {r["reason"]: r["rows_set_aside"] for r in ledger if "Inpatient" in r["file"]}
    assert aside == {"segment 2 repeats the claim": 68}
    for year in YEARS:
        claims = care[year]["stay_claims"]
        assert sorted(row["claim_id"] for row in claims) == sorted(first)
        sizes = Counter(row["stay_id"] for row in claims)
        last = Counter(row["stay_id"] for row in claims if row["is_last"])
        assert last == dict.fromkeys(sizes, 1)
        stays = care[year]["inpatient_stays"]
        assert {s["stay_id"]: s["claims"] for s in stays} == sizes
        assert len(stays) == 66_080
        assert sum(s["facility_type"] == "unknown" for s in stays) == 2_006


def test_every_acute_stay_is_part_of_one_stay_that_is_counted(care):
    for year in YEARS:
        acute = [s["stay_id"] for s in care[year]["inpatient_stays"] if s["is_acute"]]
        parts = care[year]["stay_parts"]
        assert sorted(part["part_id"] for part in parts) == sorted(acute)
        sizes = Counter(part["stay_id"] for part in parts)
        assert {s["stay_id"]: s["parts"] for s in care[year]["combined_stays"]} == sizes


def test_indicators_and_reasons_add_up_to_the_stays_of_the_file(bills, care):
    """Two indicators are counted again in the file, by the code that stands first."""
    alone = {
        year: {
            claim["claim_id"]: claim["stay_id"]
            for claim in care[year]["stay_claims"]
            if claim["position"] == 1 and claim["is_last"]
        }
        for year in YEARS
    }
    for year in YEARS:
        rows = care[year]["preventable_stays"]
        assert len({(row["stay_id"], row["indicator"]) for row in rows}) == len(rows)
        assert all(row["is_counted"] == (row["reason"] is None) for row in rows)
        ended = {s["stay_id"] for s in care[year]["inpatient_stays"] if _ended(s, year)}
        assert {row["stay_id"] for row in rows} <= ended
        for indicator, codes in FIRST_LISTED.items():
            expected = {
                alone[year][row["CLM_ID"]]
                for row in bills
                if row["SEGMENT"] == "1"
                and row["CLM_ID"] in alone[year]
                and row["CLM_THRU_DT"].startswith(str(year))
                and (row["ICD9_DGNS_CD_1"] or "").startswith(codes)
            }
            met = {row["stay_id"] for row in rows if row["indicator"] == indicator}
            assert met & set(alone[year].values()) == expected
            assert len(expected) > 300


def test_index_stays_and_reasons_add_up_to_the_discharges_of_the_eligible(care):
    for year in YEARS:
        eligible = {row["beneficiary_id"] for row in care[year]["attributed"]}
        wholes = [
            stay["stay_id"]
            for stay in care[year]["combined_stays"]
            if _ended(stay, year) and stay["beneficiary_id"] in eligible
        ]
        found = care[year]["index_stays"]
        assert sorted(row["stay_id"] for row in found) == sorted(wholes)
        assert {row["tin"] for row in found} == {PRACTICE}
        reasons = Counter(row["reason"] for row in found)
        assert sum(reasons.values()) == len(wholes)


def test_no_index_stay_without_twelve_months_before_it(care, summaries):
    """Read again from the month counts: the first months of a year are those that are covered."""
    assert [row for row in care[2008]["index_stays"] if row["reason"] is None] == []
    for year in (2009, 2010):
        kept = [row for row in care[year]["index_stays"] if row["reason"] is None]
        assert len(kept) > 5_000
        assert [r for r in kept if not _covered_before(r, summaries)] == []
        refused = [r for r in care[year]["index_stays"] if r["reason"] == "not_enrolled_before"]
        assert len(refused) > 200
        assert [r for r in refused if _covered_before(r, summaries)] == []


def _covered_before(stay, summaries):
    day, id_ = stay["admission_date"], stay["beneficiary_id"]
    months = [(day.year, month) for month in range(1, day.month)]
    months += [(day.year - 1, month) for month in range(day.month, 13)]
    return all(_covered(summaries.get(y, {}).get(id_), month) for y, month in months)


def _covered(summary, month):
    if summary is None:
        return False
    a, b, c = (int(summary[f"BENE_{part}_CVRAGE_TOT_MONS"]) for part in ("HI", "SMI", "HMO"))
    return a >= month and b >= month and c < month


def test_a_readmission_is_the_first_acute_stay_within_thirty_days(care):
    for year in YEARS:
        by_person = defaultdict(list)
        for stay in care[year]["combined_stays"]:
            by_person[stay["beneficiary_id"]].append(stay)
        admissions = {s["stay_id"]: s["admission_date"] for s in care[year]["combined_stays"]}
        for row in care[year]["index_stays"]:
            if row["readmission_id"] is None:
                assert not row["is_readmitted"]
                continue
            began, ended = admissions[row["readmission_id"]], row["discharge_date"]
            assert ended <= began <= ended + timedelta(days=30)
            assert row["days_to_readmission"] == (began - ended).days
            assert row["is_readmitted"] == (not row["readmission_is_planned"])


def test_conditions_are_those_that_cms_flags(opened, care, summaries):
    """In 2008, the first year, CMS flags everybody whom we do, but for 41 with bronchitis alone.

    The CCW algorithm lists code 490, bronchitis not said to be acute or chronic; the flag does not.
    """
    engine, claims, _folder = opened
    ill = [row for row in care[2008]["beneficiary_conditions"] if row["has_condition"]]
    flagged, others = Counter(), defaultdict(set)
    eligible = {row["beneficiary_id"] for row in care[2008]["attributed"]}
    for row in ill:
        id_, condition = row["beneficiary_id"], row["condition"]
        if condition in FLAGS and id_ in eligible:
            is_flagged = summaries[2008][id_][FLAGS[condition]] == "1"
            flagged[condition] += is_flagged
            others[condition] |= set() if is_flagged else {id_}
    assert flagged == {"heart_failure": 3_869, "diabetes": 4_343, "copd": 3_133}
    assert {condition: len(ids) for condition, ids in others.items() if ids} == {"copd": 41}
    rules = rules_of(program_of(2008))["condition_codes"]
    codes = [r["code"] for r in rules if r["condition"] == "copd" and r["icd_version"] == 9]
    of_2008 = claims.tables["claim"].filter(_.thru_date.year() == 2008)
    named = claims.tables["diagnosis"].semi_join(of_2008, "claim_id")
    named = named.filter(named.beneficiary_id.isin(sorted(others["copd"])), named.code.isin(codes))
    assert {row["code"] for row in engine.rows(named).to_pylist()} == {"490"}


@pytest.mark.parametrize(("engine_name", "year"), ASKED)
def test_the_reference_says_the_same_of_three_thousand_people(engine_name, year, opened, care):
    """Those with the most claims: their stays overlap, touch and follow each other."""
    program = program_of(year)
    given = _of_the_busiest(opened, care)
    people = same(
        engine_name, eligible_beneficiaries, program, beneficiary=given["beneficiary"],
        enrollment_month=given["enrollment_month"],
    )  # fmt: skip
    attributed = [
        {"beneficiary_id": row["beneficiary_id"], "tin": PRACTICE}
        for row in people
        if row["is_eligible"]
    ]
    given |= {"eligible_beneficiaries": people, "attributed_beneficiaries": attributed}

    def solved(stage, program, **tables):
        return same(engine_name, stage, program, **tables)

    coded = {name: given[name] for name in ("claim", "diagnosis")}
    given["stay_claims"] = solved(stay_claims, program, claim=given["claim"])
    given["inpatient_stays"] = solved(
        inpatient_stays, program, **coded, stay_claims=given["stay_claims"]
    )
    met = solved(
        preventable_stays, program, diagnosis=given["diagnosis"],
        **{n: given[n] for n in ("inpatient_stays", "stay_claims", "procedure", "beneficiary")},
    )  # fmt: skip
    ill = solved(beneficiary_conditions, program, **coded, claim_line=given["claim_line"])
    denominators = solved(
        admission_populations, program, attributed_beneficiaries=attributed,
        eligible_beneficiaries=people, beneficiary_conditions=ill, preventable_stays=met,
    )  # fmt: skip
    found = discharges(solved, program, given)
    # the same rows that these people have in the whole sample
    of_all = {row["stay_id"]: row for row in care[year]["index_stays"]}
    assert all(of_all[row["stay_id"]] == row for row in found["index"])
    assert len(found["index"]) > 900
    assert sum(row["events"] for row in denominators) > 100


def _of_the_busiest(opened, care):
    """All rows of the people with the most inpatient claims."""
    engine, claims, _folder = opened
    often = Counter(row["beneficiary_id"] for row in care[2008]["stay_claims"])
    chosen = sorted(often, key=lambda id_: (-often[id_], id_))[:SUBSET]
    listed = engine.table([{"beneficiary_id": id_} for id_ in chosen], {"beneficiary_id": "string"})
    found = {}
    for name in (
        "beneficiary",
        "enrollment_month",
        "claim",
        "claim_line",
        "diagnosis",
        "procedure",
    ):
        table = claims.tables[name]
        found[name] = engine.rows(table.semi_join(listed, "beneficiary_id")).to_pylist()
    assert len(found["beneficiary"]) == SUBSET
    return found


def test_the_tables_of_the_page_are_these_figures(care):
    page = (ROOT / "docs/synpuf-admissions.md").read_text(encoding="utf-8")
    tables = [block for block in page.split("\n\n") if block.startswith("|")]
    shown = [line for table in tables for line in table.strip().splitlines()[2:]]
    assert shown == list(lines_of_page(care))


def test_the_chart_draws_these_stays(care):
    drawn = (ROOT / "docs/images/synpuf-stays.svg").read_text(encoding="utf-8")
    assert drawn == chart(care[2009]["combined_stays"])


def _ended(stay, year):
    return stay["discharge_date"].year == year
