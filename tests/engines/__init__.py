"""Engines against enumeration, published figures and other libraries."""
