"""CMS Research Identifiable Files: claims of all types, prescriptions, yearly summaries.

One file for each type with the claim repeated on its lines, as CMS's own systems exchange them, or
base and line files apart, as the Chronic Conditions Warehouse hands them to researchers.
"""

from __future__ import annotations

from collections.abc import Iterable

from openp4p.claims.formats.parts import Part, Reading
from openp4p.claims.formats.rif_claims import claims
from openp4p.claims.formats.rif_files import (
    BENEFICIARY,
    DRUG,
    HISTORY,
    KINDS,
    NAME,
    kind_of,
    opened,
)
from openp4p.claims.formats.rif_people import date, people
from openp4p.claims.formats.workbench import SourceFile, Workbench

__all__ = ["FILES", "KINDS", "NAME", "kind_of", "opened", "read"]

# where each table that a run needs comes from
FILES = {
    "beneficiary": "a beneficiary summary (MBSF) of each year",
    "enrollment_month": "a beneficiary summary (MBSF) of each year",
    "claim": "carrier, inpatient and the other claims files",
    "claim_line": "carrier claims, or their line file",
}


def read(files: Iterable[SourceFile], bench: Workbench) -> Reading:
    """The canonical parts of RIF files."""
    reading = Reading()
    listed = list(files)
    people(reading, bench, [file for file in listed if file.kind == BENEFICIARY])
    others = (BENEFICIARY, HISTORY, DRUG)
    claims(reading, bench, [file for file in listed if file.kind not in others])
    for file in listed:
        if file.kind == DRUG:
            _prescriptions(reading, file)
        elif file.kind == HISTORY:
            columns = {"beneficiary_id": "BENE_ID"}
            refused = "'earlier identifiers of a person: not needed'"
            reading.parts.append(Part("beneficiary", file, columns, refused=refused))
    return reading


def _prescriptions(reading: Reading, file: SourceFile) -> None:
    columns = {
        "claim_id": "'PDE' || PDE_ID",
        "beneficiary_id": "BENE_ID",
        "claim_class": "'PDE'",
        "from_date": date("SRVC_DT"),
        "thru_date": date("SRVC_DT"),
        "allowed_amount": "TOT_RX_CST_AMT",
    }
    refused = (
        "CASE WHEN upper(DML_IND) = 'DELETE' THEN 'deleted' "
        "WHEN upper(FINAL_ACTION) = 'N' THEN 'not final action' END"
    )
    reading.parts.append(Part("claim", file, columns, refused=refused))
