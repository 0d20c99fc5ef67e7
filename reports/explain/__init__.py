"""All about one name of a story."""
