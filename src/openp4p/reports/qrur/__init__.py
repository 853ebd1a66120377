"""The Quality and Resource Use Report of a practice, in every form."""

from openp4p.reports.qrur.delivery import FORMS, Delivered, Order, deliver
from openp4p.reports.qrur.reports import every_tin, reports, rules

__all__ = ["FORMS", "Delivered", "Order", "deliver", "every_tin", "reports", "rules"]
