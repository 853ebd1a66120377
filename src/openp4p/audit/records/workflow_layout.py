"""The records of the workflow itself: reviews, disputes, data requests, exports, controls."""

from __future__ import annotations

from openp4p.audit.records.columns import PRACTICE, Column, RecordFile

PURPOSES = ("treat", "hpaymt", "hoperat", "hqualimp")

REVIEWS = RecordFile(
    "reviews",
    "What stood between the result of each practice and its payment or publication. Undisputed "
    "amounts, and increases that a practice accepted in writing, are no payment here.",
    ("P05.1", "P05.2"),
    (
        PRACTICE,
        Column("result", "name", "the result, such as the run or the payment year it is of"),
        Column(
            "delivered_on", "day", "when the practice got it; empty: not yet", may_be_empty=True
        ),
        Column(
            "window_ended_on",
            "day",
            "the last day of its window for review; empty: none was set",
            may_be_empty=True,
        ),
        Column("disputes", "whole", "disputes the practice filed"),
        Column(
            "decided_on",
            "day",
            "when the last of them was decided, at the second level too if it was asked; empty: "
            "none was filed, or not all are decided",
            may_be_empty=True,
        ),
        Column(
            "first_paid_on", "day", "the first payment under it; empty: none", may_be_empty=True
        ),
        Column(
            "first_published_on",
            "day",
            "when it was first shown to the public; empty: never",
            may_be_empty=True,
        ),
    ),
    key=("practice", "result"),
    beside=("practices",),
)
DISPUTES = RecordFile(
    "disputes",
    "Every dispute and comment, and how it was answered.",
    ("P05.4",),
    (
        Column("dispute", "name", "the dispute"),
        PRACTICE,
        Column("filed_on", "day", "when it was filed"),
        Column("answered_on", "day", "when it was decided; empty: not yet", may_be_empty=True),
        Column(
            "written_reasons",
            "yes_no",
            "whether the answer came in writing with reasons; empty: no answer yet",
            may_be_empty=True,
        ),
        Column("second_level", "yes_no", "whether the practice took it to the second level"),
        Column(
            "reviewer_outside",
            "yes_no",
            "whether who decided there is outside the scoring team; empty: not decided there",
            may_be_empty=True,
        ),
    ),
    key=("dispute",),
    beside=("practices",),
    may_be_bare=True,
)
DATA_REQUESTS = RecordFile(
    "data_requests",
    "Requests of practices for the data behind their results.",
    ("P05.3",),
    (
        Column("request", "name", "the request"),
        PRACTICE,
        Column("asked_on", "day", "when it was made"),
        Column("answered_on", "day", "when it was answered; empty: not yet", may_be_empty=True),
    ),
    key=("request",),
    beside=("practices",),
    may_be_bare=True,
)
EXPORTS = RecordFile(
    "exports",
    "Every file of results that was handed on. A file without rows says that none was.",
    ("P13.2", "P13.3"),
    (
        Column("export", "name", "the export"),
        Column("date", "day", "when it was handed on"),
        Column(
            "purpose",
            "word",
            "what it was taken for: treatment, payment, operation, quality improvement, or another "
            "purpose, which is not allowed",
            words=(*PURPOSES, "other"),
        ),
        Column("undertaking", "yes_no", "whether the recipient signed the undertaking"),
        Column("marked", "yes_no", "whether the file names its recipient and its export"),
        Column("listed", "yes_no", "whether physicians in it can see that it was handed on"),
    ),
    key=("export",),
    may_be_bare=True,
)
CONTROLS = RecordFile(
    "controls",
    "The controls that protect patients in the build that is in use, and their tests.",
    ("P12.1",),
    (
        Column("control", "name", "the control"),
        Column("is_on", "yes_no", "whether it is on"),
        Column("test_passed", "yes_no", "whether its test passed in that build"),
    ),
    key=("control",),
)
