"""Numbers from experts: a sheet to fill in, what is read from it, its coherence, weights by performance."""
