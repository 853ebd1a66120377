"""People who do not exist: two years of claims, practices and reports, made in the engine."""

from openp4p.synthetic.market import PERFORMANCE_YEAR, SYNTHETIC
from openp4p.synthetic.population import Part, synthesize

__all__ = ["PERFORMANCE_YEAR", "SYNTHETIC", "Part", "synthesize"]
