"""From observed results to estimates: each drawn towards what practices share, by its noise."""
