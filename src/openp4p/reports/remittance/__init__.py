"""What a payer is told of each practice, and whether the claim lines that come back agree."""

from openp4p.reports.remittance.lines import LINES
from openp4p.reports.remittance.reconciliation import Reconciled, reconciled
from openp4p.reports.remittance.told import COLUMNS, Told, remittance

__all__ = ["COLUMNS", "LINES", "Reconciled", "Told", "reconciled", "remittance"]
