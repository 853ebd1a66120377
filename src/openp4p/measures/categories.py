"""Which of the service categories of a cost report a dollar belongs to."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.stage import stage
from openp4p.measures.hospital_days import is_emergency_centre
from openp4p.measures.service_rows import EQUIPMENT, INPATIENT, OUTPATIENT, PROFESSIONAL

_FACILITY = {"SNF": "snf", "HHA": "hha", "HOSPICE": "hospice"}
_SWING_BEDS = ("swing_bed", "swing_bed_ltch", "swing_bed_irf", "swing_bed_cah")
_POST_ACUTE_HOSPITALS = ("irf", "rehab_unit", "rehab_unit_cah", "ltch")
# BETOS groups of procedures, tests and imaging have a category of their own on an emergency day
_EMERGENCY = ("er_procedures", "er_tests", "er_imaging")
_BY_PROFESSIONALS = ("em_ep", "major_procedures_ep", "minor_procedures_ep")
_TESTS = ("lab_tests", "imaging")
_ANY_CLAIM = ("dme", "ambulance", "chemo_drugs")
# what stays what it is while the beneficiary is in hospital
_NOT_OF_THE_STAY = ("ambulance", "chemo_drugs", "dialysis", "anesthesia", "other")
_THERAPY_CENTRES = ("042", "043", "044")
_THERAPISTS = ("65", "67", "15")
_DIALYSIS_BILL = "72"
_CENTRE_DIGITS = 3
_BILL_DIGITS = 2


@stage(
    key=("hcpcs_code",),
    columns={
        "hcpcs_code": "string",
        "betos": "string",
        "category": "string",
        "emergency_category": "string",
    },
)
def service_codes(
    betos_codes: ir.Table, category_betos: ir.Table, rbcs_codes: ir.Table, rbcs_groups: ir.Table
) -> ir.Table:
    """One procedure code with its BETOS group and the service category of that group.

    A code that is not in the BETOS files has the group that codes of its kind have in the newer
    system. The longest prefix of BETOS counts, so that drugs given through equipment (D1G) are
    drugs and not equipment. `emergency_category` is what it is on a day with an emergency visit.
    """
    newer = rbcs_codes.anti_join(betos_codes, "hcpcs_code")
    newer = newer.inner_join(rbcs_groups, ["category", "subcategory", "procedure"])
    codes = betos_codes.union(newer.select("hcpcs_code", "betos"))
    usual = category_betos.filter(~category_betos.category.isin(_EMERGENCY))
    emergency = category_betos.filter(category_betos.category.isin(_EMERGENCY))
    named = codes.left_join(_of_group(codes, usual), "betos").drop("betos_right")
    crisis = _of_group(codes, emergency).rename(group="betos", emergency_category="category")
    found = named.left_join(crisis, named.betos == crisis.group)
    return found.select("hcpcs_code", "betos", "category", "emergency_category")


def _of_group(codes: ir.Table, category_betos: ir.Table) -> ir.Table:
    """The category of each BETOS group: that of the longest prefix."""
    groups = codes.select("betos").distinct()
    found = groups.cross_join(category_betos)
    found = found.filter(found.betos.startswith(found.prefix))
    order = [found.prefix.length().desc(), found.category]
    found = found.mutate(rank=ibis.row_number().over(group_by=found.betos, order_by=order))
    return found.filter(found["rank"] == 0).select("betos", "category")


def categorised(rows: ir.Table, hospital_days: ir.Table, service_codes: ir.Table) -> ir.Table:
    """The rows with `betos` and `category`, by the first rule that fits."""
    codes = service_codes.select(
        "betos", "emergency_category", coded="hcpcs_code", of_code="category"
    )
    found = rows.left_join(codes, rows.hcpcs_code == codes.coded)
    days = hospital_days.rename(patient="beneficiary_id")
    same_day = (found.beneficiary_id == days.patient) & (found.service_day == days.day)
    found = found.left_join(days, same_day)
    return found.select(*rows.columns, "betos", category=_category(found))


def _category(row: ir.Table) -> ir.StringValue:
    is_professional = row.claim_class == PROFESSIONAL
    is_outpatient = row.claim_class == OUTPATIENT
    is_emergency = (is_professional | is_outpatient) & row.is_emergency.fill_null(False)
    centre = row.revenue_code.substr(0, _CENTRE_DIGITS)
    visit = ibis.ifelse(is_outpatient, is_emergency_centre(row), row.of_code == "er_visits")
    treated = row.is_inpatient.fill_null(False) & ~row.of_code.isin(_NOT_OF_THE_STAY)
    therapist = (is_professional & row.specialty.isin(_THERAPISTS)) | (
        is_outpatient & centre.isin(_THERAPY_CENTRES)
    )
    return ibis.cases(
        *_facility_rules(row),
        (is_professional & treated, "inpatient_ep_services"),
        (is_emergency & visit, "er_visits"),
        (is_emergency & row.emergency_category.notnull(), row.emergency_category),
        (therapist, "therapy"),
        (is_professional & row.of_code.isin(_BY_PROFESSIONALS), row.of_code),
        (row.of_code.isin(_TESTS), row.of_code),
        (row.claim_class == EQUIPMENT, "dme"),
        (row.of_code.isin(_ANY_CLAIM), row.of_code),
        ((row.of_code == "dialysis") | _is_dialysis_bill(row), "dialysis"),
        (row.of_code == "anesthesia", "anesthesia"),
        (is_outpatient, "outpatient_facility"),
        else_="other",
    )


def _is_dialysis_bill(row: ir.Table) -> ir.BooleanValue:
    return (row.bill_type.substr(0, _BILL_DIGITS) == _DIALYSIS_BILL).fill_null(False)


def _facility_rules(row: ir.Table) -> list[tuple[ir.BooleanValue, str]]:
    """A facility claim is of the kind of its facility; any other hospital counts as acute."""
    is_inpatient = row.claim_class == INPATIENT
    return [
        (is_inpatient & row.facility_type.isin(_SWING_BEDS), "snf"),
        (is_inpatient & row.facility_type.isin(_POST_ACUTE_HOSPITALS), "irf_ltch"),
        (is_inpatient, "inpatient_facility"),
        *((row.claim_class == claim_class, name) for claim_class, name in _FACILITY.items()),
    ]


def categorised_whole(whole: ir.Table, lines: ir.Table) -> ir.Table:
    """Outpatient claims that are counted whole, with the category of their categorised lines.

    An emergency visit on any line makes the claim one; else the claim is what all its lines are;
    else dialysis by its type of bill; else what facilities bill.
    """
    found = lines.group_by(of="claim_id").agg(
        has_visit=(_.category == "er_visits").any(),
        lowest=_.category.min(),
        highest=_.category.max(),
    )
    found = whole.left_join(found, whole.claim_id == found.of)
    category = ibis.cases(
        (found.has_visit, "er_visits"),
        (found.lowest == found.highest, found.lowest),
        (_is_dialysis_bill(found), "dialysis"),
        else_="outpatient_facility",
    )
    return found.select(*whole.columns, betos=ibis.null("string"), category=category)
