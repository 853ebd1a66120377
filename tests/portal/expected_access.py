"""Who may open what, written by hand from the roles of the review and not from the code.

A page that is not listed here fails the test, whatever it is.
"""

from __future__ import annotations

# people of the demonstration
EVERYBODY = (
    "analyst", "approver-1", "approver-2", "case-officer", "reviewer", "finance",
    "privacy-officer", "auditor", "administrator", "representative-a", "clinician-a",
    "representative-b", "clinician-b", "nobody",
)  # fmt: skip
ANALYST, APPROVERS, OFFICER = ("analyst",), ("approver-1", "approver-2"), ("case-officer",)
REVIEWER, FINANCE, PRIVACY = ("reviewer",), ("finance", "approver-2"), ("privacy-officer",)
AUDITOR, ADMINISTRATOR = ("auditor",), ("administrator",)
OF_RUNS = (*ANALYST, *APPROVERS, *OFFICER, *FINANCE, *PRIVACY, *AUDITOR)
SPONSOR = (*OF_RUNS, *REVIEWER, *ADMINISTRATOR)
A, REP_A, CLIN_A = ("representative-a", "clinician-a"), ("representative-a",), ("clinician-a",)
NONE: tuple[str, ...] = ()

# name of the page: who may read, who may write; pages of practice A are those of `A`
PAGES = {
    "home": (EVERYBODY, NONE),
    "health": (EVERYBODY, NONE),
    "published": (EVERYBODY, NONE),
    "practices": (EVERYBODY, NONE),
    "queue": (A, NONE),
    "report": (A, NONE),
    "prepare": (A, NONE),
    "patients": (A, A),
    "patients_file": (NONE, REP_A),
    "cases": (A, NONE),
    "ask_for_data": (NONE, A),
    "comment": (NONE, REP_A),
    "variances": (A, CLIN_A),
    "new_dispute": (A, A),
    "dispute_fields": (A, NONE),
    "dispute": (A, NONE),
    "add_evidence": (NONE, A),
    "dispute_act": (NONE, A),
    "evidence": (A, NONE),
    "participation": (A, REP_A),
    "costs": (A, REP_A),
    "resources": (A, REP_A),
    "receipts": (A, NONE),
    "receipts_file": (A, NONE),
    "users": (REP_A, REP_A),
    "end_my_role": (NONE, REP_A),
    "desk": ((*OF_RUNS, *REVIEWER), NONE),
    "exceptions": (OF_RUNS, NONE),
    "runs": (OF_RUNS, NONE),
    "run": (OF_RUNS, NONE),
    "step": (NONE, (*ANALYST, *APPROVERS, *FINANCE)),
    "run_variances": (OF_RUNS, NONE),
    "supersede": (NONE, APPROVERS),
    "recalculate": (NONE, ANALYST),
    "recalculations": (OF_RUNS, NONE),
    "payment_file": (NONE, FINANCE),
    "publish": (NONE, APPROVERS),
    "notice": (NONE, PRIVACY),
    "move_clock": (NONE, SPONSOR),
    "case": ((*OFFICER, *REVIEWER, *APPROVERS), NONE),
    "decide": (NONE, (*OFFICER, *REVIEWER)),
    "ask": (NONE, OFFICER),
    "assign": (NONE, APPROVERS),
    "case_evidence": ((*OFFICER, *REVIEWER), NONE),
    "answer_data": (NONE, ANALYST),
    "ledger": ((*FINANCE, *AUDITOR), FINANCE),
    "settle_cost": (NONE, FINANCE),
    "registries": ((*PRIVACY, *AUDITOR, *FINANCE), NONE),
    "trail": ((*AUDITOR, *PRIVACY), (*AUDITOR, *PRIVACY)),
    "exports": ((*AUDITOR, *PRIVACY), NONE),
    "people": ((*ADMINISTRATOR, *PRIVACY), ADMINISTRATOR),
    "confirm_role": (NONE, PRIVACY),
    "end_role": (NONE, PRIVACY),
}
PUBLIC = ("health", "published")
