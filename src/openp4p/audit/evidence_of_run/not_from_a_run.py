"""The computed sub-checks that one run cannot answer, and what would answer them."""

from __future__ import annotations

from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding

NEEDS = {
    "P03.2": "two years before and two after the program, with comparison practices",
    "P03.3": "deaths and admissions two years before and two after, with comparison practices",
    "P10.3": "the fee tables with and without the program",
    "P10.5": "the fund and the largest possible liability",
    "P11.1": "the data-quality rules with how many of them passed",
    "P11.5": "the log of time and invoices, and what was reimbursed",
    "P12.3": "the log of time spent on collection",
    "P14.5": "attribution of two years before the first payment and two after",
    "P17.3": "attribution of two years before the first payment and two after",
    "P18.2": "the care resource registry",
    "P18.3": "the care resource registry and the participation of practices",
    "X10": "the date of the first bonus payment",
    "X11": "the log of time and invoices",
    "X24": "results reported apart for patients at social risk",
}


def not_from_a_run() -> list[Finding]:
    """One finding a sub-check, not assessable, saying what it needs."""
    return [
        Finding(
            Evidence(
                subcheck=name,
                kind="a",
                verdict=NOT_ASSESSABLE,
                na_reason=f"a single run does not hold {needed}",
            )
        )
        for name, needed in NEEDS.items()
    ]
