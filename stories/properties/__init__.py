"""The requirements of properties, and their scopes."""
