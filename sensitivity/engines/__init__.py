"""Engines: they compute probabilities of a circuit, exactly or from sampled worlds."""
