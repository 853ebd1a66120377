"""From the tables of a finished run to the numbers the audit's statistics take."""
