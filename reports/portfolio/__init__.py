"""A portfolio as a comparison table, one file for each format."""
