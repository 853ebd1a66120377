"""The quality of claims data: what is there, what fits, what is missing, and what that costs."""
