"""Why a log cannot be counted."""

import re


class LogError(ValueError):
    """A log that cannot be counted; the message says why, without the name of the log."""


def in_options(message: str) -> str:
    """A message that says which key of an entry of evidence is needed, with the options of `evidence add`."""
    message = re.sub(r"\bby (?:its )?`(scorer|key|success)`", r"by `--\1`", message)
    message = message.replace("that `where` chooses", "that `--where` chooses")
    message = re.sub(r"\bas `where = \{ (.*?) = … \}`", r"as `--where \1=…`", message)
    return re.sub(r"\bas `success = (\".*?\")`", r"as `--success \1`", message)
