"""The files that a folder of evidence may hold, and what each of their columns says."""

from __future__ import annotations

from collections.abc import Mapping

from openp4p.audit.records.columns import PRACTICE, Column, RecordFile
from openp4p.audit.records.workflow_layout import (
    CONTROLS,
    DATA_REQUESTS,
    DISPUTES,
    EXPORTS,
    REVIEWS,
)

PATIENT_GROUPS = (
    "top_risk_quartile", "costliest_tenth", "full_dual", "disabled", "serious_mental_illness",
    "esrd", "dialysis", "transplant", "cancer",
)  # fmt: skip
SERVICES = ("care_coordinator", "social_worker", "mental_health", "substance_use")


PRACTICES = RecordFile(
    "practices",
    "Every practice that any other file names, and every primary care practice of the roster.",
    (),
    (
        Column("practice", "name", "a TIN or any other name, the same in every file"),
        Column(
            "first_period",
            "period",
            "the first year (2015) or month (2015-03) it was under the program; empty: never, so "
            "that it is one of the comparison and does not participate",
            may_be_empty=True,
        ),
        Column(
            "primary_care",
            "yes_no",
            "whether it is a primary care practice; empty: unknown, which leaves care resources "
            "open",
            may_be_empty=True,
        ),
        Column(
            "physicians",
            "whole",
            "physicians in it, for the hours each spends; empty: unknown",
            may_be_empty=True,
        ),
        Column(
            "patients_at_risk",
            "whole",
            "patients in the top risk quartile, dual, or with serious mental illness or substance "
            "use, each once; empty: unknown",
            may_be_empty=True,
        ),
        Column(
            "partnership",
            "word",
            "whether it has a financial value-based contract with a private-sector Medicare "
            "subcontractor; unknown ones are left out",
            words=("yes", "no", "unknown"),
        ),
    ),
    key=("practice",),
)
EVALUATION = RecordFile(
    "evaluation",
    "The outcomes that the evaluation plan named before the program began.",
    ("P03.2", "P03.3"),
    (
        Column("outcome", "name", "what the outcome is called in outcomes.csv"),
        Column(
            "role",
            "word",
            "primary: care should become better (at most three); safety: it must not become worse; "
            "placebo: the program should not touch it (shown, not judged)",
            words=("primary", "safety", "placebo"),
        ),
        Column("better", "word", "which way is better", words=("higher", "lower")),
        Column(
            "measured_as",
            "word",
            "percent: a share of patients, 0 to 100; rate: events, days or dollars of so many",
            words=("percent", "rate"),
        ),
        Column(
            "important_difference",
            "number",
            "the smallest important difference of a primary outcome, or the margin of a safety "
            "outcome, in its own unit; empty: 1 point of a percent; 2% of a rate, for safety 5%, "
            "of the mean of the program's practices before it began",
            may_be_empty=True,
            above_zero=True,
        ),
    ),
    key=("outcome",),
    beside=("outcomes",),
)
OUTCOMES = RecordFile(
    "outcomes",
    "Outcomes of practices in periods before and after they entered, unshrunken, in the program "
    "and in the comparison; a practice that leaves stays until its last period.",
    ("P03.2", "P03.3"),
    (
        Column("outcome", "name", "as in evaluation.csv"),
        PRACTICE,
        Column("period", "period", "a year (2015), or in every row a month (2015-03)"),
        Column("value", "number", "the outcome of the practice in the period", signed=True),
        Column(
            "patients", "number", "patients or events behind it, which it is weighed by",
            above_zero=True,
        ),
    ),
    key=("outcome", "practice", "period"),
    beside=("evaluation", "practices"),
)  # fmt: skip
PATIENT_FLOWS = RecordFile(
    "patient_flows",
    "Patients of each practice who were with it in a year and alive, enrolled and not moved in the "
    "next, by whether they stayed: those of a group that is hard to treat, and the others. Before: "
    "two years before the first payment or its announcement, whichever came first. After: two "
    "years after.",
    ("P14.5", "P17.3"),
    (
        PRACTICE,
        Column("group", "word", "who is hard to treat", words=PATIENT_GROUPS),
        Column("when", "word", "before or after", words=("before", "after")),
        Column("complex_staying", "whole", "patients of the group who stayed"),
        Column("complex_leaving", "whole", "patients of the group who left"),
        Column("others_staying", "whole", "other patients who stayed"),
        Column("others_leaving", "whole", "other patients who left"),
        Column(
            "complex_new",
            "whole",
            "new patients of the group, not with the practice in the two years before; empty in "
            "all rows of a group: intake is not looked at",
            may_be_empty=True,
        ),
        Column("others_new", "whole", "other new patients", may_be_empty=True),
    ),
    key=("practice", "group", "when"),
    beside=("practices",),
)
REPORTING_LOG = RecordFile(
    "reporting_log",
    "What the work of reporting took, as practices logged it, and what was paid for it. A file "
    "without rows says that nothing was logged.",
    ("P11.5", "P12.3", "X11"),
    (
        PRACTICE,
        Column("date", "day", "the day, such as 2015-11-30"),
        Column(
            "activity",
            "word",
            "the work",
            words=("learning_rules", "extracting", "entering", "submitting", "checking_reports",
                   "disputes"),
        ),
        Column("role", "name", "who did it: `physician`, or any other word"),
        Column("minutes", "number", "minutes of work; empty for an invoice", may_be_empty=True),
        Column(
            "dollars_per_hour",
            "dollars",
            "the published wage of the role; empty for an invoice",
            may_be_empty=True,
        ),
        Column("invoice_dollars", "dollars", "an invoice; empty for work", may_be_empty=True),
        Column(
            "reimbursed_dollars", "dollars", "what was paid for it; empty: 0", may_be_empty=True
        ),
        Column(
            "refused",
            "yes_no",
            "whether the sponsor's audit refused the entry, which then counts on neither side; "
            "empty: no",
            may_be_empty=True,
        ),
    ),
    beside=("practices",),
    may_be_bare=True,
)  # fmt: skip
FUNDS = RecordFile(
    "funds",
    "The ledger of the money that bonuses are paid from, cuts and fees left out.",
    ("P10.5", "X10", "X11"),
    (
        Column("date", "day", "the day of the entry"),
        Column(
            "entry",
            "word",
            "paid_in or returned: money of the fund; largest_liability: what full awards to "
            "everybody enrolled would come to (one row); bonus: paid to a practice",
            words=("paid_in", "returned", "largest_liability", "bonus"),
        ),
        Column(
            "practice", "name", "who got the bonus; empty for other entries", may_be_empty=True
        ),
        Column("dollars", "dollars", "the amount"),
    ),
)  # fmt: skip
FEES = RecordFile(
    "fees",
    "The conversion factor and the fee table, with the program and as they would be without it.",
    ("P10.3",),
    (
        Column("item", "name", "`conversion_factor`, or the code of a service"),
        Column("without_program", "number", "the amount if there were no program"),
        Column("with_program", "number", "the amount under the program"),
    ),
    key=("item",),
)
CARE_RESOURCES = RecordFile(
    "care_resources",
    "The registry of care resources. Every primary care practice of practices.csv counts; one "
    "without an entry has none.",
    ("P18.2", "P18.3"),
    (
        PRACTICE,
        Column("service", "word", "the service", words=SERVICES),
        Column(
            "source",
            "word",
            "how it is there; none: it is not",
            words=("embedded", "community_team", "contracted", "telehealth", "none"),
        ),
        Column(
            "wait_days", "number", "days until a patient is seen; empty: unknown, too long",
            may_be_empty=True,
        ),
        Column(
            "conditional_on", "text", "what it takes to have it, such as joining; empty: nothing",
            may_be_empty=True,
        ),
        Column(
            "verified_on", "day", "when the entry was last verified; empty: never",
            may_be_empty=True,
        ),
    ),
    beside=("practices",),
    may_be_bare=True,
)  # fmt: skip
DATA_QUALITY = RecordFile(
    "data_quality",
    "The rules that the sponsor's data were held against, and which of them passed.",
    ("P11.1",),
    (
        Column("rule", "name", "the rule"),
        Column(
            "kind", "word", "what it asks", words=("completeness", "conformance", "plausibility")
        ),
        Column("blocking", "yes_no", "whether data that fail it may not be used"),
        Column("passed", "yes_no", "whether the data passed"),
    ),
    key=("rule",),
)
REPORTS = RecordFile(
    "reports",
    "The reports that practices were given.",
    ("X24",),
    (
        Column("report", "name", "the report"),
        Column("delivered_on", "day", "when practices got it"),
        Column(
            "apart_for_social_risk",
            "yes_no",
            "whether it shows results apart for patients at social risk",
        ),
    ),
    key=("report",),
)

FILES: Mapping[str, RecordFile] = {
    one.name: one
    for one in (
        PRACTICES, EVALUATION, OUTCOMES, PATIENT_FLOWS, REPORTING_LOG, FUNDS, FEES, CARE_RESOURCES,
        DATA_QUALITY, REPORTS, REVIEWS, DISPUTES, DATA_REQUESTS, EXPORTS, CONTROLS,
    )
}  # fmt: skip
