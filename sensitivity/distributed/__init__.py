"""Blocks computed by other processes, here or on other machines."""
