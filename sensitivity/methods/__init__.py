"""General methods that several analyses use."""
