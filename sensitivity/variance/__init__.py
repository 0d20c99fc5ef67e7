"""Variance-based sensitivity: factors, outputs, and their Sobol' and Shapley indices."""
