"""Evidence from records that no run holds: a folder of CSV files, checked, and judged."""
