"""Why a number of a run is what it is: a sentence, the rule with its source, and the rows."""

from openp4p.explain.adjustments import why_adjustment
from openp4p.explain.attribution import why_attributed
from openp4p.explain.cases import why_case
from openp4p.explain.model import Explanation, Source
from openp4p.explain.rates import why_rate
from openp4p.explain.tiers import why_tier

__all__ = [
    "Explanation",
    "Source",
    "why_adjustment",
    "why_attributed",
    "why_case",
    "why_rate",
    "why_tier",
]
