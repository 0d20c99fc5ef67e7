"""Kernels against closed forms, published tables and plain code."""
