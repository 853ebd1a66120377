"""What is said of a case that a clinician took out of a measure."""

from __future__ import annotations

OUT = {
    "clinical_override": "a clinician of the practice took it out of the measure (override)",
    "clinical_exception": "a clinician of the practice excepted it, and it was not met",
}
