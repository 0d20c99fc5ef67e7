"""The exact engine: decision diagrams of a circuit's modules."""
