"""Review before pay: states, clocks, roles, disputes and money as plain functions, no web."""
