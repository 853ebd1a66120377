"""Quality submissions as practices and their vendors hold them, read into `quality_result`."""

from openp4p.claims.submissions.reading import Outcome, read_submissions

__all__ = ["Outcome", "read_submissions"]
