"""The date by which credences and waivers expire."""

from datetime import UTC, date, datetime


def today() -> date:
    """Today's date in UTC: a waiver lapses at the same moment everywhere."""
    return datetime.now(UTC).date()
