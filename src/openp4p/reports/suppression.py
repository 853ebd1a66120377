"""Small cells."""

FEWEST = 11
