"""Runs that can be interrupted and go on: their blocks on disk, and what decides them."""
