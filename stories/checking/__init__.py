"""What a story must satisfy beyond its shape, one theme a file; `all_checks` puts them together."""
