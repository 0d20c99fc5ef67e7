"""Why a log cannot be counted."""


class LogError(ValueError):
    """A log that cannot be counted; the message says why, without the name of the log."""
