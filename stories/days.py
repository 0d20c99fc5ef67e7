"""The day that credences and waivers go by."""

from datetime import UTC, date, datetime


def today() -> date:
    """The day it is in UTC: a waiver lapses at the same moment everywhere."""
    return datetime.now(UTC).date()
