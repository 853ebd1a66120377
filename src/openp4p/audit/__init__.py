"""Programs held against the physicians' principles: clauses, evidence, findings."""
