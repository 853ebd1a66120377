"""FHIR resources of invented people, as CMS's servers write them: R4 and STU3."""

from __future__ import annotations

import json
from pathlib import Path

VARIABLES = "https://bluebutton.cms.gov/resources/variables/"
CODES = "https://bluebutton.cms.gov/resources/codesystem/"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
STU3_ROLES = "http://hl7.org/fhir/claimcareteamrole"
NPI = "http://hl7.org/fhir/sid/us-npi"


def concept(*codings: tuple[str, str]) -> dict:
    """A concept of codings, each a system and a code."""
    return {"coding": [{"system": system, "code": code} for system, code in codings]}


def extension(name: str, code: str) -> dict:
    """A code under the name of a variable."""
    url = VARIABLES + name
    return {"url": url, "valueCoding": {"system": url, "code": code}}


def money(name: str, value: float) -> dict:
    """An amount under the name of a variable."""
    return {"url": VARIABLES + name, "valueMoney": {"value": value, "currency": "USD"}}


def amount(name: str, value: float) -> dict:
    """One adjudication of an item."""
    category = concept((CODES + "adjudication", VARIABLES + name))
    return {"category": category, "amount": {"value": value, "currency": "USD"}}


def balance(name: str, **used: object) -> dict:
    """One financial of a benefit balance."""
    return {"type": concept((CODES + "benefit-balance", VARIABLES + name)), **used}


def information(name: str, code: str | None = None, **more: object) -> dict:
    """One supporting information."""
    stated = {} if code is None else {"code": concept((VARIABLES + name, code))}
    category = concept((CARIN + "C4BBSupportingInfoType", name))
    return {"category": category, **stated, **more}


def member(sequence: int, role: str, value: str, system: str = CARIN, **more: object) -> dict:
    """One member of a care team."""
    return {
        "sequence": sequence,
        "role": concept((system, role)),
        "provider": {"identifier": {"system": NPI, "value": value}},
        **more,
    }


def claim(number: str, person: str, start: str, end: str, **more: object) -> dict:
    """An ExplanationOfBenefit without anything particular."""
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": f"eob-{number}",
        "meta": {"lastUpdated": "IGNORED_FIELD"},
        "identifier": [{"system": VARIABLES + "clm_id", "value": number}],
        "status": "active",
        "patient": {"reference": f"Patient/{person}"},
        "billablePeriod": {"start": start, "end": end},
        **more,
    }


def diagnosis(sequence: int, code: str, *types: str, system: str = "icd-10-cm", **more) -> dict:
    """One diagnosis; the code repeats under a second system."""
    systems = [f"http://hl7.org/fhir/sid/{system}", f"http://hl7.org/fhir/sid/{system}"[:-3]]
    return {
        "sequence": sequence,
        "diagnosisCodeableConcept": concept(*[(s, code) for s in systems]),
        **({"type": [concept((CODES + "type", kind)) for kind in types]} if types else {}),
        **more,
    }


_PAYMENTS = [
    amount("line_nch_pmt_amt", 80.0), amount("line_alowd_chrg_amt", 100.0),
    amount("line_bene_ptb_ddctbl_amt", 0), amount("line_coinsrnc_amt", 20.0),
]  # fmt: skip
SPECIALTY = concept(
    ("http://nucc.org/provider-taxonomy", "207Q"), (VARIABLES + "prvdr_spclty", "08")
)
VISIT = claim(
    "V1", "P1", "2018-03-01", "2018-03-02",
    type=concept((VARIABLES + "nch_clm_type_cd", "71"), (CODES + "eob-type", "CARRIER")),
    payment={"amount": {"value": 80.0}},
    extension=[extension("carr_clm_pmt_dnl_cd", "1"), extension("asgmntcd", "A")],
    careTeam=[
        member(1, "referring", "1111111111"),
        member(3, "performing", "1234567893", qualification=SPECIALTY),
        member(4, "primary", "1245319599", system="http://terminology.hl7.org/claimcareteamrole"),
    ],
    diagnosis=[diagnosis(1, "E11.9", "principal"), diagnosis(2, "I10", "secondary")],
    item=[{
        "sequence": 6, "careTeamSequence": [3, 4], "diagnosisSequence": [2],
        "extension": [extension("tax_num", "012345678"), extension("line_prcsg_ind_cd", "A")],
        "productOrService": concept((CODES + "hcpcs", "99213")),
        "modifier": [concept((CODES + "hcpcs", "25")), concept((CODES + "hcpcs", "GC"))],
        "servicedPeriod": {"start": "2018-03-02", "end": "2018-03-02"},
        "locationCodeableConcept": concept((VARIABLES + "line_place_of_srvc_cd", "11")),
        "quantity": {"value": 1.0}, "adjudication": _PAYMENTS,
    }],
)  # fmt: skip
# the same visit as a server of the first version writes it
OLD_VISIT = claim(
    "V1", "P1", "2018-03-01", "2018-03-02",
    type=VISIT["type"], payment=VISIT["payment"], extension=VISIT["extension"],
    careTeam=[
        member(2, "primary", "1234567893", STU3_ROLES, qualification=SPECIALTY, responsible=True,
               extension=[{"url": NPI, "valueCoding": {"system": NPI, "code": "1245319599"}}]),
        {**member(3, "other", "012345678", STU3_ROLES), "responsible": True},
    ],
    diagnosis=[diagnosis(1, "E11.9", "principal"), diagnosis(2, "I10")],
    item=[{
        "sequence": 6, "careTeamLinkId": [2, 3], "diagnosisLinkId": [2],
        "service": concept((CODES + "hcpcs", "99213")),
        "modifier": VISIT["item"][0]["modifier"],
        "servicedPeriod": {"start": "2018-03-02", "end": "2018-03-02"},
        "locationCodeableConcept": concept((VARIABLES + "line_place_of_srvc_cd", "11")),
        "quantity": {"value": 1.0},
        "adjudication": [*_PAYMENTS, {
            "category": concept((CODES + "adjudication", VARIABLES + "line_prcsg_ind_cd")),
            "reason": concept((VARIABLES + "line_prcsg_ind_cd", "A")),
        }],
    }],
)  # fmt: skip
_STAY = {
    "type": concept((VARIABLES + "nch_clm_type_cd", "60"), (CODES + "eob-type", "INPATIENT")),
    "payment": {"amount": {"value": 9000.0}},
    "procedure": [{
        "sequence": 1, "date": "2018-05-02T00:00:00+00:00",
        "procedureCodeableConcept": concept(("http://www.cms.gov/Medicare/Coding/ICD10", "0BH17EZ"),
                                            ("http://hl7.org/fhir/sid/icd-10", "0BH17EZ")),
    }],
}  # fmt: skip
_ITEM = {"sequence": 1, "revenue": concept((VARIABLES + "rev_cntr", "0120"))}
_POA = {"extension": [extension("clm_poa_ind_sw1", "Y")]}
STAY = claim(
    "H1", "P2", "2018-05-01", "2018-05-04", **_STAY,
    contained=[{"resourceType": "Organization", "identifier": [
        {"type": concept(("http://terminology.hl7.org/CodeSystem/v2-0203", "PRN")),
         "value": "470003"},
        {"type": concept((CARIN + "C4BBIdentifierType", "npi")), "value": "1558346007"}]}],
    facility={"extension": [extension("clm_fac_type_cd", "1")]},
    extension=[extension("clm_srvc_clsfctn_type_cd", "1")],
    careTeam=[member(1, "attending", "1111111112"), member(2, "operating", "1111111113"),
              member(3, "otheroperating", "1111111114"), member(4, "performing", "1111111115")],
    supportingInfo=[
        information("admissionperiod", timingPeriod={"start": "2018-05-01", "end": "2018-05-04"}),
        information("admtype", "3"), information("clm_src_ip_admsn_cd", "4"),
        information("clm_drg_cd", "194"), information("clm_mco_pd_sw", "0"),
        information("typeofbill", "1"), information("discharge-status", "1"),
        information("nch_prmry_pyr_cd", "A"),
    ],
    diagnosis=[diagnosis(1, "R05", "admitting"), diagnosis(2, "J18.9", "principal", **_POA),
               diagnosis(3, "W19XXXA", "externalcauseofinjury"), diagnosis(4, "I10", "other")],
    item=[{**_ITEM, "careTeamSequence": [4]}],
    benefitBalance=[{"financial": [
        balance("nch_bene_ip_ddctbl_amt", usedMoney={"value": 1340}),
        balance("nch_bene_pta_coinsrnc_lblty_amt", usedMoney={"value": 5}),
        balance("nch_bene_blood_ddctbl_lblty_am", usedMoney={"value": 6}),
        balance("prpayamt", usedMoney={"value": 11}),
        balance("clm_pass_thru_per_diem_amt", usedMoney={"value": 10}),
        balance("clm_utlztn_day_cnt", usedUnsignedInt=3),
    ]}],
)  # fmt: skip
OLD_STAY = claim(
    "H1", "P2", "2018-05-01", "2018-05-04", **_STAY,
    provider={"identifier": {"system": VARIABLES + "prvdr_num", "value": "470003"}},
    organization={"identifier": {"system": NPI, "value": "1558346007"}},
    facility={"extension": [extension("clm_fac_type_cd", "1")]},
    hospitalization={"start": "2018-05-01", "end": "2018-05-04"},
    extension=[money("nch_bene_ip_ddctbl_amt", 1340), money("prpayamt", 11),
               money("nch_bene_pta_coinsrnc_lblty_amt", 5), money("clm_pass_thru_per_diem_amt", 10),
               money("nch_bene_blood_ddctbl_lblty_am", 6)],
    careTeam=[member(2, "assist", "1111111113", STU3_ROLES),
              member(3, "other", "1111111114", STU3_ROLES),
              member(4, "primary", "1111111112", STU3_ROLES),
              member(5, "primary", "1111111115", STU3_ROLES)],
    information=[{"category": concept((CODES + "information", VARIABLES + name)),
                  "code": concept((VARIABLES + name, code))} for name, code in (
                      ("clm_ip_admsn_type_cd", "3"), ("clm_src_ip_admsn_cd", "4"),
                      ("clm_mco_pd_sw", "0"), ("clm_freq_cd", "1"), ("ptnt_dschrg_stus_cd", "1"),
                      ("nch_prmry_pyr_cd", "A"))],
    diagnosis=[{"sequence": 1, "packageCode": concept((VARIABLES + "clm_drg_cd", "194"))},
               diagnosis(2, "R05", "admitting"), diagnosis(3, "J18.9", "principal", **_POA),
               diagnosis(4, "W19XXXA", "external-first"), diagnosis(5, "I10")],
    item=[{**_ITEM, "careTeamLinkId": [5]}],
    benefitBalance=[{"financial": [balance("clm_utlztn_day_cnt", usedUnsignedInt=3)]}],
)  # fmt: skip
# STU3 says the classification of the bill with the type of the claim
OLD_STAY["type"] = concept(
    *[(c["system"], c["code"]) for c in STAY["type"]["coding"]],
    (VARIABLES + "clm_srvc_clsfctn_type_cd", "1"),
)


def patient(number: str, **more: object) -> dict:
    """A Patient."""
    return {
        "resourceType": "Patient", "id": number, "gender": "female", "birthDate": "1944-01-31",
        "extension": [extension("race", "1")],
        "address": [{"state": "VT", "postalCode": "05401-1234", "country": "US"}], **more,
    }  # fmt: skip


def coverage(number: str, part: str, **more: object) -> dict:
    """A Coverage of one part of Medicare."""
    return {
        "resourceType": "Coverage", "id": f"part-{part.lower()}-{number}", "status": "active",
        "beneficiary": {"reference": f"Patient/{number}"},
        "class": [{"value": "Medicare"}, {"value": f"Part {part}"}], **more,
    }  # fmt: skip


PEOPLE = [patient("P1"), patient("P2", gender="male")]
COVERED = [
    coverage(person, part, period={"start": "2012-01-01"})
    for person in ("P1", "P2")
    for part in "AB"
]


def ndjson(path: Path, *resources: object) -> Path:
    """A file with one resource a line; what is text already stands as it is."""
    lines = [r if isinstance(r, str) else json.dumps(r) for r in resources]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def bundle(*resources: dict) -> dict:
    """A searchset Bundle."""
    entries = [{"fullUrl": "https://example.org", "resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}
