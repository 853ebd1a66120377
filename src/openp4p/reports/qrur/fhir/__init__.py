"""A report as FHIR R4: Da Vinci VBPR 1.1.0 (on DEQM 5.0.0) and, for patients, ATR 2.1.0."""
