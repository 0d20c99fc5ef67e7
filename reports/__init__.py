"""Datasets to text: reports, without arithmetic that is a result."""
