"""What properties require, and what they range over."""
