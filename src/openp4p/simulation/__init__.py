"""What if: for a practice that prepares, for a sponsor that designs, and how sure a tier is."""
