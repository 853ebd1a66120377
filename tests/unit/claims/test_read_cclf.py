"""CCLF: a few invented records, and the canonical tables they become."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from decimal import Decimal

import pytest

from openp4p.claims.formats.cclf_files import layout
from openp4p.errors import InputError
from tests.unit.claims.folders import must_add_up, taken

NAME = "P.A1234.ACO.ZC{}Y15.D{}.T0112000"
OLD, NEW = "1AA0AA0AA01", "2BB0BB0BB02"
PERSON = {
    "BENE_MBI_ID": OLD, "BENE_FIPS_STATE_CD": "50", "BENE_FIPS_CNTY_CD": "007",
    "BENE_ZIP_CD": "05401", "BENE_DOB": "1938-11-23", "BENE_SEX_CD": "2", "BENE_RACE_CD": "1",
    "BENE_MDCR_STUS_CD": "10", "BENE_DUAL_STUS_CD": "02", "BENE_DEATH_DT": "1000-01-01",
    "BENE_ORGNL_ENTLMT_RSN_CD": "0", "BENE_ENTLMT_BUYIN_IND": "3",
    "BENE_PART_A_ENRLMT_BGN_DT": "2003-11-01", "BENE_PART_B_ENRLMT_BGN_DT": "2015-03-01",
}  # fmt: skip
STAY = {
    "CUR_CLM_UNIQ_ID": "1000000000001", "PRVDR_OSCAR_NUM": "470001", "BENE_MBI_ID": OLD,
    "CLM_TYPE_CD": "60", "CLM_FROM_DT": "2015-05-01", "CLM_THRU_DT": "2015-05-04",
    "CLM_BILL_FAC_TYPE_CD": "1", "CLM_BILL_CLSFCTN_CD": "1", "CLM_BILL_FREQ_CD": "1",
    "PRNCPL_DGNS_CD": "486", "ADMTG_DGNS_CD": "78609", "CLM_PMT_AMT": "9000.00",
    "BENE_PTNT_STUS_CD": "1", "DGNS_DRG_CD": "0194", "FAC_PRVDR_NPI_NUM": "1234567893",
    "ATNDG_PRVDR_NPI_NUM": "1245319599", "CLM_ADJSMT_TYPE_CD": "0", "CLM_EFCTV_DT": "2015-06-01",
    "CLM_ADMSN_TYPE_CD": "1", "CLM_ADMSN_SRC_CD": "1", "DGNS_PRCDR_ICD_IND": "9",
}  # fmt: skip
ROOM = {
    "CUR_CLM_UNIQ_ID": "1000000000001", "CLM_LINE_NUM": "1", "BENE_MBI_ID": OLD,
    "CLM_TYPE_CD": "60", "CLM_LINE_FROM_DT": "2015-05-01", "CLM_LINE_THRU_DT": "2015-05-04",
    "CLM_LINE_PROD_REV_CTR_CD": "0120", "CLM_FROM_DT": "2015-05-01", "CLM_THRU_DT": "2015-05-04",
    "CLM_LINE_CVRD_PD_AMT": "8000.00",
}  # fmt: skip
CODE = {
    "CUR_CLM_UNIQ_ID": "1000000000001", "BENE_MBI_ID": OLD, "CLM_PROD_TYPE_CD": "D",
    "CLM_VAL_SQNC_NUM": "2", "CLM_DGNS_CD": "4280", "CLM_THRU_DT": "2015-05-04",
    "CLM_POA_IND": "Y", "DGNS_PRCDR_ICD_IND": "9",
}  # fmt: skip
VISIT = {
    "CUR_CLM_UNIQ_ID": "5000000000001", "CLM_LINE_NUM": "1", "BENE_MBI_ID": OLD,
    "CLM_TYPE_CD": "71", "CLM_FROM_DT": "2015-03-02", "CLM_THRU_DT": "2015-03-02",
    "CLM_PRVDR_SPCLTY_CD": "11", "CLM_POS_CD": "11", "CLM_LINE_FROM_DT": "2015-03-02",
    "CLM_LINE_THRU_DT": "2015-03-02", "CLM_LINE_HCPCS_CD": "99213",
    "CLM_LINE_CVRD_PD_AMT": "60.00", "CLM_RNDRG_PRVDR_TAX_NUM": "012345678",
    "RNDRG_PRVDR_NPI_NUM": "1234567893", "CLM_PRCSG_IND_CD": "A", "CLM_ADJSMT_TYPE_CD": "0",
    "CLM_EFCTV_DT": "2015-03-20", "CLM_CNTL_NUM": "777", "CLM_LINE_ALOWD_CHRG_AMT": "75.00",
    "CLM_LINE_SRVC_UNIT_QTY": "1", "CLM_DGNS_1_CD": "25000", "CLM_DGNS_2_CD": "4019",
    "DGNS_PRCDR_ICD_IND": "9",
}  # fmt: skip
SUPPLY = {
    "CUR_CLM_UNIQ_ID": "6000000000001", "CLM_LINE_NUM": "1", "BENE_MBI_ID": OLD,
    "CLM_TYPE_CD": "81", "CLM_FROM_DT": "2015-04-02", "CLM_THRU_DT": "2015-04-02",
    "CLM_LINE_FROM_DT": "2015-04-02", "CLM_LINE_THRU_DT": "2015-04-02",
    "CLM_LINE_HCPCS_CD": "E0601", "CLM_LINE_CVRD_PD_AMT": "80.00",
    "PAYTO_PRVDR_NPI_NUM": "1245319599", "CLM_PRCSG_IND_CD": "A", "CLM_ADJSMT_TYPE_CD": "0",
    "CLM_EFCTV_DT": "2015-04-20", "CLM_CNTL_NUM": "888", "CLM_LINE_ALOWD_CHRG_AMT": "100.00",
}  # fmt: skip
PILLS = {"CUR_CLM_UNIQ_ID": "7000000000001", "BENE_MBI_ID": OLD, "CLM_LINE_NDC_CD": "00000000001",
         "CLM_TYPE_CD": "01", "CLM_LINE_FROM_DT": "2015-06-02",
         "CLM_EFCTV_DT": "2015-06-09"}  # fmt: skip
OPERATION = {"CUR_CLM_UNIQ_ID": "1000000000001", "BENE_MBI_ID": OLD, "CLM_VAL_SQNC_NUM": "1",
             "CLM_PRCDR_CD": "9671", "CLM_PRCDR_PRFRM_DT": "2015-05-02",
             "CLM_THRU_DT": "2015-05-04", "DGNS_PRCDR_ICD_IND": "9"}  # fmt: skip
OWED = {"CUR_CLM_UNIQ_ID": "1000000000001", "BENE_MBI_ID": OLD,
        "CLM_MDCR_IP_BENE_DDCTBL_AMT": "1260.00", "CLM_BLOOD_LBLTY_AMT": "40.00"}  # fmt: skip
DELIVERY = {
    "1": [STAY], "2": [ROOM], "3": [OPERATION], "4": [CODE], "5": [VISIT], "6": [SUPPLY],
    "7": [PILLS], "8": [PERSON], "9": [], "A": [OWED],
}  # fmt: skip


def record(kind, row, *, length=None, before_mbi=False):
    """A record with its fields in their positions."""
    fields = layout(kind, before_mbi=before_mbi)
    assert set(row) <= set(fields), set(row) - set(fields)
    width = max(end for _, end in fields.values())
    cells = [" "] * width
    for name, value in row.items():
        first, last = fields[name]
        assert len(value) <= last - first + 1
        cells[first - 1 : first - 1 + len(value)] = value
    return "".join(cells)[: length or width]


def delivery(folder, on="150615", **changed):
    """The unpacked files of one delivery; a kind may be given other rows, or left out (None)."""
    folder.mkdir(exist_ok=True)
    rows = DELIVERY | {kind.removeprefix("cclf"): rows for kind, rows in changed.items()}
    for kind, records in rows.items():
        if records is not None:
            text = "".join(record(kind, row) + "\n" for row in records)
            (folder / NAME.format(kind, on)).write_text(text)
    return folder


@pytest.fixture
def read(tmp_path, duckdb_engine):
    """Intake of a folder of CCLF files, of which the ledger must add up."""

    def of(folder, **options):
        found = taken(folder, duckdb_engine, **options)
        assert found.format == "cclf"
        must_add_up(found)
        return found

    return of


def test_one_delivery(read, tmp_path):
    found = read(delivery(tmp_path / "in"))
    (person,) = found.rows("beneficiary")
    assert person == {
        "beneficiary_id": OLD, "birth_date": dt.date(1938, 11, 23), "sex": "2", "death_date": None,
        "race": "1", "orig_entitlement_code": "0", "state": "VT", "county": "007",
        "zip5": "05401", "is_us_resident": None,
    }  # fmt: skip
    claims = {row["claim_id"]: row for row in found.rows("claim")}
    assert {c["claim_class"] for c in claims.values()} == {"INPATIENT", "PART_B", "DME", "PDE"}
    stay = claims["1000000000001"]
    assert (stay["admission_date"], stay["discharge_date"]) == (
        dt.date(2015, 5, 1),
        dt.date(2015, 5, 4),
    )
    assert (stay["drg"], stay["discharge_status"], stay["bill_type"]) == ("194", "01", "111")
    assert (stay["paid_amount"], stay["allowed_amount"]) == (Decimal(9000), Decimal(10300))
    assert stay["ccn"] == "470001"
    visit = claims["5000000000001"]
    assert (visit["paid_amount"], visit["allowed_amount"]) == (Decimal(60), Decimal(75))
    lines = {row["claim_id"]: row for row in found.rows("claim_line")}
    assert lines["5000000000001"]["tin"] == "012345678"
    assert lines["5000000000001"]["specialty"] == "11"
    assert lines["6000000000001"]["billing_npi"] == "1245319599"
    # a room that does not add up to the stay has no payment of its own
    assert lines["1000000000001"]["paid_amount"] is None
    codes = sorted((r["claim_id"], r["seq"], r["code"], r["poa"]) for r in found.rows("diagnosis"))
    assert codes == [
        ("1000000000001", 0, "78609", None),
        ("1000000000001", 1, "486", None),
        ("1000000000001", 3, "4280", "Y"),
        ("5000000000001", 1, "25000", None),
        ("5000000000001", 2, "4019", None),
    ]
    assert [r["code"] for r in found.rows("procedure")] == ["9671"]
    assert found.aside() == []
    assert {r["file"]: r["rows_used"] for r in found.rows("accounting")} == {
        NAME.format(kind, "150615"): len(rows) for kind, rows in DELIVERY.items()
    }


def test_lines_that_add_up_to_the_claim_keep_their_payments(read, tmp_path):
    whole = [ROOM, {**ROOM, "CLM_LINE_NUM": "2", "CLM_LINE_CVRD_PD_AMT": "1000.00"}]
    found = read(delivery(tmp_path / "in", cclf2=whole))
    paid = [r["paid_amount"] for r in found.rows("claim_line") if r["claim_class"] == "INPATIENT"]
    assert paid == [Decimal(8000), Decimal(1000)]


def test_months_are_assumed_from_the_day_a_part_began_and_end_with_death(read, tmp_path):
    dead = {**PERSON, "BENE_DEATH_DT": "2015-05-20"}
    found = read(delivery(tmp_path / "in", cclf8=[dead]))
    months = [(r["year_month"], r["part_a"], r["part_b"]) for r in found.rows("enrollment_month")]
    assert months == [(201500 + m, True, m >= 3) for m in range(1, 6)]
    assert "enrolment_assumed" in found.codes()


def test_months_that_are_stated_beside_are_used_instead(read, tmp_path):
    folder = delivery(tmp_path / "in")
    (folder / "enrollment_month.csv").write_text(
        f"beneficiary_id,year_month,part_a,part_b,ma_enrolled\n{OLD},201503,true,true,false\n"
    )
    found = read(folder)
    assert [r["year_month"] for r in found.rows("enrollment_month")] == [201503]
    assert "enrolment_assumed" not in found.codes()


def test_identifiers_lead_to_the_latest_one(read, tmp_path):
    older = "123456789A"
    # a circle must end
    pairs = [(NEW, OLD), ("C", "D"), ("D", "C")]
    edges = [
        {
            "HICN_MBI_XREF_IND": "M",
            "CRNT_NUM": new,
            "PRVS_NUM": old,
            "PRVS_ID_OBSLT_DT": "2015-05-31",
        }
        for new, old in pairs
    ]
    known = {**PERSON, "BENE_MBI_ID": NEW, "BENE_HIC_NUM": older}
    by_hicn = {**VISIT, "BENE_MBI_ID": "", "BENE_HIC_NUM": older}
    found = read(delivery(tmp_path / "in", cclf9=edges, cclf8=[known], cclf5=[by_hicn]))
    for table in ("beneficiary", "claim", "claim_line", "diagnosis", "procedure"):
        assert {r["beneficiary_id"] for r in found.rows(table)} == {NEW}, table


def test_the_latest_delivery_of_a_row_is_used_and_the_others_accounted_for(read, tmp_path):
    folder = delivery(tmp_path / "in")
    moved = {**PERSON, "BENE_FIPS_STATE_CD": "33"}
    delivery(folder, on="150715", cclf8=[moved], cclf5=[{**VISIT, "CLM_POS_CD": "22"}])
    found = read(folder)
    assert [r["state"] for r in found.rows("beneficiary")] == ["NH"]
    assert [r["place_of_service"] for r in found.rows("claim_line") if r["tin"]] == ["22"]
    assert len(found.rows("claim")) == len(DELIVERY) - 6
    first = NAME.format(5, "150615")
    assert found.reasons()[first, "in a later delivery"] == 1
    # what it owes counts once, though both deliveries say it
    stay = next(r for r in found.rows("claim") if r["claim_class"] == "INPATIENT")
    assert stay["deductible"] == Decimal(1260)


def test_a_cancellation_takes_back_the_version_of_its_amount_only(read, tmp_path):
    versions = [
        VISIT,
        {**VISIT, "CUR_CLM_UNIQ_ID": "5000000000002", "CLM_ADJSMT_TYPE_CD": "1",
         "CLM_EFCTV_DT": "2015-04-02"},
        {**VISIT, "CUR_CLM_UNIQ_ID": "5000000000003", "CLM_LINE_CVRD_PD_AMT": "50.00",
         "CLM_EFCTV_DT": "2015-04-02"},
        {**VISIT, "CUR_CLM_UNIQ_ID": "5000000000004", "CLM_CNTL_NUM": "999",
         "CLM_ADJSMT_TYPE_CD": "1"},
    ]  # fmt: skip
    found = read(delivery(tmp_path / "in", cclf5=versions))
    assert [r["claim_id"] for r in found.rows("claim") if r["claim_class"] == "PART_B"] == [
        "5000000000003"
    ]
    rules = [(r["row"], r["rule"]) for r in found.rows("quarantine") if r["table_name"] == "claim"]
    assert sorted(rules) == [(1, "cancelled"), (2, "cancellation"), (4, "cancellation of no claim")]
    (money,) = [r for r in found.rows("accounting_money") if r["claim_class"] == "PART_B"]
    # a cancellation counts below nothing: the ledger reads what was paid in the end
    assert money["dollars_read"] == Decimal(60 - 60 + 50 - 60)
    assert money["dollars_used"] == Decimal(50)


def test_records_of_the_years_before_the_mbi(read, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for kind, rows in DELIVERY.items():
        old = [_with_hicn(row) for row in rows]
        text = "".join(record(kind, row, before_mbi=True) + "\n" for row in old)
        (folder / NAME.format(kind, "150615")).write_text(text)
    found = read(folder)
    assert [r["beneficiary_id"] for r in found.rows("beneficiary")] == [OLD]
    assert len(found.rows("claim")) == 4
    assert found.aside() == []


def _with_hicn(row):
    return {("BENE_HIC_NUM" if name == "BENE_MBI_ID" else name): row[name] for name in row}


def test_short_records_and_longer_ones_are_read_by_position(read, tmp_path):
    folder = delivery(tmp_path / "in")
    file = folder / NAME.format(5, "150615")
    short = record("5", VISIT, length=332)
    long = record("5", {**VISIT, "CLM_LINE_NUM": "2"}) + "something of the next layout"
    file.write_text(short + "\r\n" + long + "\r\n")
    lines = [r["line_number"] for r in read(folder).rows("claim_line") if r["tin"]]
    assert lines == [1, 2]


def test_files_with_the_fields_as_header_and_other_names(read, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for kind, rows in DELIVERY.items():
        names = [*layout(kind), "FILE_NAME", "FILE_DATE"]
        body = [",".join(row.get(n, "2015-06-15" if n == "FILE_DATE" else "") for n in names)
                for row in rows]  # fmt: skip
        with gzip.open(folder / f"table_{kind}.csv.gz", "wt") as file:
            file.write("\n".join([",".join(names).lower(), *body]) + "\n")
    found = read(folder)
    assert len(found.rows("claim")) == 4
    assert found.aside() == []


def test_fixed_files_that_were_renamed_are_known_by_their_dates(read, tmp_path):
    folder = delivery(tmp_path / "in")
    for path in list(folder.iterdir()):
        kind = path.name.split(".ZC")[1][0]
        if path.stat().st_size:
            path.rename(folder / f"renamed {'abcdefghij'['123456789A'.index(kind)]}.dat")
        else:
            path.unlink()
    found = read(folder)
    assert {r["claim_class"] for r in found.rows("claim")} == {"INPATIENT", "PART_B", "DME", "PDE"}


def packed(folder, into, name="P.A1234.ACO.ZCY15.D150615.T0112000"):
    """The files of a folder as a package in another."""
    into.mkdir()
    with zipfile.ZipFile(into / name, "w") as package:
        for path in sorted(folder.iterdir()):
            package.write(path, path.name)
    return into


def test_a_package(read, tmp_path):
    folder = packed(delivery(tmp_path / "files"), tmp_path / "in")
    found = read(folder)
    assert len(found.rows("claim")) == 4
    package = "P.A1234.ACO.ZCY15.D150615.T0112000"
    assert f"{package}/{NAME.format(5, '150615')}" in {r["file"] for r in found.rows("accounting")}


def test_counts_that_are_not_those_of_the_summary_are_said(read, tmp_path):
    folder = delivery(tmp_path / "in")
    (folder / NAME.format(0, "150615")).write_text(
        "File Number  |File Description |Total Records Count |Record Length\n"
        "CCLF5  |Part B Physicians File  |          3|  363\n"
        "CCLF8  |Beneficiary Demographics File  |          1|  549\n"
    )
    (said,) = [n["text"] for n in read(folder).notes if n["code"] == "cclf_counts"]
    assert "CCLF5 has 3 rows; 1 were read" in said


@pytest.mark.parametrize(
    ("named", "member", "said"),
    [
        ("../../out", "text", "member 1: has a path that leads out of the package"),
        ("/etc/out", "text", "member 1: has a path that leads out of the package"),
        ("C:\\out", "text", "member 1: has a path that leads out of the package"),
    ],
)
def test_a_package_that_leads_out_is_refused(tmp_path, duckdb_engine, named, member, said):
    folder = tmp_path / "in"
    folder.mkdir()
    with zipfile.ZipFile(folder / "package.zip", "w") as package:
        package.writestr(named, member)
    with pytest.raises(InputError, match=said):
        taken(folder, duckdb_engine)


def test_a_package_that_would_fill_the_disk_is_refused(tmp_path, duckdb_engine, monkeypatch):
    monkeypatch.setattr("openp4p.claims.formats.packages.LARGEST_UNPACKED", 1000)
    folder = tmp_path / "in"
    folder.mkdir()
    with zipfile.ZipFile(folder / "p.zip", "w", compression=zipfile.ZIP_DEFLATED) as package:
        package.writestr("claims.csv", "0" * 10_000_000)
    with pytest.raises(InputError, match=r"p\.zip: file: unpacks to more than"):
        taken(folder, duckdb_engine)


def test_a_package_that_is_cut_short_is_refused(tmp_path, duckdb_engine):
    folder = packed(delivery(tmp_path / "files"), tmp_path / "in")
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(InputError, match="is not a whole zip package"):
        taken(folder, duckdb_engine)


def test_a_member_whose_bytes_were_changed_is_refused(tmp_path, duckdb_engine):
    folder = packed(delivery(tmp_path / "files"), tmp_path / "in")
    (file,) = folder.iterdir()
    held = bytearray(file.read_bytes())
    held[held.index(b"99213")] = ord("8")
    file.write_bytes(bytes(held))
    with pytest.raises(InputError, match="is not a whole zip package"):
        taken(folder, duckdb_engine)
