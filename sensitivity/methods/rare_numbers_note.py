"""What errors do not count: values of numbers that are too rare for the sample, which outcomes count."""

from sensa.session import Session

MAX_NAMED = 3


def rare_numbers_note(*sessions: Session) -> str:
    """Which numbers may matter by values that no sample of these sessions has; empty if none do."""
    sampled = [session for session in sessions if session.mean_p is None]
    named = list(dict.fromkeys(name for session in sampled for name in session.ended.rare_numbers))
    if not named:
        return ""
    more = f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
    said = f"values of {', '.join(named[:MAX_NAMED])}{more} too rare for the sample may matter"
    return f"{said}, which these errors do not count"
