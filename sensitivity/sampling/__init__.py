"""Sampling: points, budgets, loops over blocks, estimates with their errors."""
