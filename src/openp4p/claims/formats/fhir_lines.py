"""What stands under the claim of an ExplanationOfBenefit: lines, diagnoses and procedures."""

from __future__ import annotations

from openp4p.claims.formats.fhir_claims import MOST_ENTRIES
from openp4p.claims.formats.fhir_fields import (
    codings,
    concepts,
    day,
    extensions,
    fact,
    first_code,
    first_system,
    gathered,
    member,
)
from openp4p.claims.formats.parts import total

_ICD_10_BEGAN = "2015-10-01"
_MODIFIERS = 4
_BY_LINE = "claim_class IN ('PART_B', 'DME')"
_IS_HCPCS = "regexp_matches(coalesce(c.system, 'hcpcs'), 'hcpcs|cpt', 'i')"
_IS_ICD = "regexp_matches(coalesce(c.system, 'icd'), 'icd', 'i')"
_REASON = first_code("e.reason.coding")
_STATED = (
    extensions("item.extension"),
    concepts("item.adjudication", "category", f"coalesce(e.amount.value, {_REASON})"),
    codings("item.locationCodeableConcept"),
    codings("item.revenue"),
)
_SERVICE = "list_concat(item.productOrService.coding, item.service.coding)"
_MODIFIER = first_code("m.coding", _IS_HCPCS)
_PAID = fact("line_nch_pmt_amt", "rev_cntr_pmt_amt_amt")
_DEDUCTIBLE = fact("line_bene_ptb_ddctbl_amt", "rev_cntr_cash_ddctbl_amt")
_COINSURANCE = fact("line_coinsrnc_amt", "rev_cntr_coinsrnc_wge_adjstd_c")
_BEFORE_MEDICARE = fact("line_bene_prmry_pyr_pd_amt", "rev_cntr_1st_msp_pd_amt")
_SHARES = total(_PAID, _DEDUCTIBLE, _COINSURANCE, _BEFORE_MEDICARE)
_PERFORMER = member("members", "m.role = 'performing'")
# R4 names the organisation as a member, STU3 beside the one who performs
_ORGANISATION = "coalesce({}, {})".format(
    member("members", "true", "organisation"),
    member("members", "m.role = 'primary'"),
)
_TIN = member("members", "m.role = 'tin'")
_DIAGNOSED = "list_filter(diagnoses, lambda d: d.sequence = pointers[1])[1]"
_POINTED = first_code(f"{_DIAGNOSED}.diagnosisCodeableConcept.coding", _IS_ICD)
LINE = {
    "claim_id": "claim_id",
    "line_number": "coalesce(item.sequence, CAST(place AS VARCHAR))",
    "beneficiary_id": "beneficiary_id",
    "claim_class": "claim_class",
    "from_date": day("coalesce(item.servicedPeriod.start, item.servicedDate, from_date)"),
    "thru_date": day('coalesce(item.servicedPeriod."end", item.servicedDate, thru_date)'),
    "hcpcs_code": first_code(_SERVICE, _IS_HCPCS),
    **{f"modifier_{n}": f"modifiers[{n}]" for n in range(1, _MODIFIERS + 1)},
    "revenue_code": fact("rev_cntr", "RevenueCodes"),
    # the quantity of R4 may be that of a drug
    "units": f"coalesce({fact('rev_cntr_unit_cnt')}, item.quantity.value)",
    "place_of_service": fact("line_place_of_srvc_cd", "Place_of_Service_Code_Set"),
    "tin": f"coalesce({fact('tax_num')}, {_TIN})",
    "npi": _PERFORMER,
    "billing_npi": (
        f"CASE WHEN {_BY_LINE} THEN coalesce({_ORGANISATION}, biller, "
        f"CASE WHEN claim_class = 'DME' THEN {_PERFORMER} END) END"
    ),
    "specialty": member("members", "m.role = 'performing'", "specialty"),
    "allowed_amount": (
        f"coalesce({fact('line_alowd_chrg_amt')}, CASE WHEN {_PAID} IS NOT NULL THEN {_SHARES} END)"
    ),
    "paid_amount": _PAID,
    "deductible": _DEDUCTIBLE,
    "coinsurance": _COINSURANCE,
    "primary_payer_paid": _BEFORE_MEDICARE,
    "processing_indicator": fact("line_prcsg_ind_cd"),
    "is_assigned": "is_assigned",
    "line_diagnosis": _POINTED,
}
_VERSION = (
    "CASE WHEN regexp_matches({0}, 'icd-?9', 'i') THEN '9' "
    "WHEN regexp_matches({0}, 'icd-?10', 'i') "
    f"THEN '10' WHEN thru_date < '{_ICD_10_BEGAN}' THEN '9' ELSE '10' END"
)


def lines(view: str, claims: str) -> str:
    """A SELECT of the items of the claims of a file, drug events aside."""
    items = (
        "(SELECT c.* EXCLUDE (paid_amount, allowed_amount, deductible, coinsurance), place, item, "
        "diagnoses, coalesce(item.diagnosisSequence, item.diagnosisLinkId) AS pointers, "
        "coalesce(item.careTeamSequence, item.careTeamLinkId, []) AS linked FROM ("
        "SELECT source_row, r.diagnosis AS diagnoses, unnest(r.item) AS item, "
        f"generate_subscripts(r.item, 1) AS place FROM {view} "
        f"WHERE type = 'ExplanationOfBenefit') JOIN {claims} c USING (source_row) "
        "WHERE claim_class IS DISTINCT FROM 'PDE')"
    )
    beside = (
        "(SELECT *, CASE WHEN len(linked) = 0 THEN team ELSE list_filter(team, "
        "lambda m: list_contains(linked, m.sequence)) END AS members, "
        f"list_filter(list_transform(coalesce(item.modifier, []), lambda m: {_MODIFIER}), "
        f"lambda m: m IS NOT NULL) AS modifiers FROM {gathered('*', _STATED, items)})"
    )
    columns = ", ".join(f"{sql} AS {name}" for name, sql in LINE.items())
    return f"SELECT source_row, refused, {_slot('place')}, {columns} FROM {beside}"


def diagnoses(view: str, claims: str) -> str:
    """A SELECT of the diagnoses of the claims of a file that stand.

    The admitting diagnosis is 0, the principal one 1, the others follow in their order. One entry
    may be both. Reasons for a visit in the patient's words are no diagnoses of the claim.
    """
    of_role = (
        "list_filter(list_transform(coalesce(d.type, []), lambda t: lower(t.coding[1].code)), "
        "lambda o: o IS NOT NULL)"
    )
    poa = (
        "list_filter(d.extension, lambda x: regexp_matches(x.url, '/clm_(e_)?poa_ind_sw'))[1]"
        ".valueCoding.code"
    )
    coded = "d.diagnosisCodeableConcept.coding"
    listed = (
        f"(SELECT source_row, claim_id, beneficiary_id, thru_date, place, {of_role} AS roles, "
        f"try_cast(d.sequence AS INTEGER) AS turn, {first_code(coded, _IS_ICD)} AS code, "
        f"{first_system(coded, _IS_ICD)} AS system, {poa} AS poa FROM ("
        "SELECT source_row, unnest(r.diagnosis) AS d, generate_subscripts(r.diagnosis, 1) AS place "
        f"FROM {view} WHERE type = 'ExplanationOfBenefit') JOIN (SELECT * FROM {claims} "
        "WHERE refused IS NULL) USING (source_row))"
    )
    other = "list_filter(roles, lambda o: o NOT IN ('admitting', 'patientreasonforvisit', "
    other += "'reason-for-visit'))"
    external = "len(list_filter(roles, lambda o: o LIKE 'external%')) > 0"
    role = (
        f"CASE WHEN {external} THEN 'external_cause' WHEN seq = 1 THEN 'principal' "
        "ELSE 'secondary' END"
    )
    numbered = (
        f"SELECT *, row_number() OVER (PARTITION BY source_row ORDER BY "
        "list_contains(roles, 'principal') DESC, turn, place) AS seq "
        f"FROM {listed} WHERE code IS NOT NULL AND (len(roles) = 0 OR len({other}) > 0)"
    )
    admitted = (
        "SELECT *, row_number() OVER (PARTITION BY source_row ORDER BY turn, place) - 1 AS seq "
        f"FROM {listed} WHERE code IS NOT NULL AND list_contains(roles, 'admitting') "
        "QUALIFY seq = 0"
    )
    kept = f"source_row, claim_id, beneficiary_id, code, {_VERSION.format('system')} AS icd_version"
    return (
        f"SELECT {kept}, CAST(seq AS VARCHAR) AS seq, {_slot('seq')}, {role} AS role, poa "
        f"FROM ({numbered}) UNION ALL SELECT {kept}, '0', 0, 'admitting', NULL FROM ({admitted})"
    )


def procedures(view: str, claims: str) -> str:
    """A SELECT of the ICD procedures of the claims of a file that stand."""
    coded = "p.procedureCodeableConcept.coding"
    version = _VERSION.format(first_system(coded, _IS_ICD))
    return (
        "SELECT source_row, claim_id, beneficiary_id, CAST(row_number() OVER same AS VARCHAR) AS "
        f"seq, {_slot('row_number() OVER same')}, {first_code(coded, _IS_ICD)} AS code, "
        f"{version} AS icd_version, {day('p.date')} AS procedure_date FROM ("
        "SELECT source_row, unnest(r.procedure) AS p, generate_subscripts(r.procedure, 1) AS place "
        f"FROM {view} WHERE type = 'ExplanationOfBenefit') JOIN (SELECT * FROM {claims} "
        f"WHERE refused IS NULL) USING (source_row) WHERE {first_code(coded, _IS_ICD)} IS NOT NULL "
        "WINDOW same AS (PARTITION BY source_row ORDER BY try_cast(p.sequence AS INTEGER), place)"
    )


def _slot(place: str) -> str:
    return f"least({place}, {MOST_ENTRIES}) AS slot"
