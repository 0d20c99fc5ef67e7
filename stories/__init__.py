"""The story format: reading and checking what authors write."""
