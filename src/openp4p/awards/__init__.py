"""From estimates to dollars: scores, awards, complexity, participation and the fund."""
