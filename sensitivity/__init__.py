"""Sensa: sensitivity analysis for training stories."""
