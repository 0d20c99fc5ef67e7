"""Every code that a problem of a story can have, and what it means; the documentation prints this table."""

from sensa.stories.problems import Severity

ERRORS: dict[str, str] = {
    # the file
    "no-such-file": "the path names no file",
    "not-a-file": "the path names a directory",
    "unreadable": "the file cannot be read",
    "not-utf-8": "the text is not UTF-8",
    "empty-story": "there is nothing in the file",
    "too-large": "the file is larger than 1 MiB",
    "not-toml": "the text is not TOML",
    "newer-toml": "the text uses what TOML 1.0 does not have",
    "too-deep": "keys or values nest too deeply",
    "too-many-keys": "there are more keys and values than a story may have",
    "too-long": "a number has more digits than a number needs",
    # the shape
    "wrong-format": "`format` is missing or names another format",
    "unknown-key": "a key that the format does not have",
    "missing-key": "a key that is required and not there",
    "wrong-type": "a value of the wrong TOML type",
    "not-one-of": "a word that is none of those allowed",
    "out-of-range": "a count or share outside its range",
    "too-few": "an array or table with too few entries",
    "wrong-length": "an array with the wrong number of entries",
    "not-finite": "a number that is not finite",
    "unknown-form": "a table that is no way to write this number",
    # names
    "bad-name": "a name that is not lower case letters, digits and underscores after a letter, or too long",
    "reserved-name": "a name that is a word of the expression language",
    "duplicate-name": "a name used twice",
    "unknown-class": "a class that the format does not have, without `other` beside it",
    # expressions
    "bad-expression": "a text that is no expression",
    "unknown-name": "a name that nothing in the story has",
    "expression-type": "a bool where a number is wanted or the reverse, and other misfits",
    "out-of-reach": "a name or word that exists and cannot be read where it stands",
    "cycle": "names that depend on each other in a loop",
    "too-many-problems": "the rest of the expressions was not looked at",
    # numbers
    "bad-distribution": "arguments that break a rule of their distribution",
    "bad-probability": "a probability that is, or can be, outside [0, 1]",
    "bad-weight": "a weight or factor that is, or can be, negative, or cannot be computed",
    "broken-number": "a number that leaves its bounds at a parameter value, found by the run",
    # nodes
    "bad-options": "an option with both or neither of `weight` and `bits`",
    "unknown-option": "an option that the choice does not have",
    "no-option-left": "a choice whose options are all excluded or weigh nothing",
    "bad-challenge": "a challenge whose keys contradict its kind or status",
    "bad-event": "an event with keys that exclude each other",
    "bad-outcome": "an outcome with both or neither of `when` and `otherwise`",
    "no-otherwise": "no outcome with `otherwise`, or more than one",
    "missing-outcome": "no outcome of the kind `fail_safe` or `catastrophic`",
    "bad-initial": "an `initial` where none can be",
    # what is said about the story
    "unknown-parameter": "a dependence on something that is no parameter",
    "bad-dependence": "a pair with itself, named twice, or a correlation outside (-1, 1)",
    "bad-measure": "a measure that cannot be read",
    "bad-property": "a property whose keys contradict each other",
    "unknown-warning": "an allowance of a warning that there is not",
    "unknown-property": "a waiver of a property that the story does not have",
    # limits
    "too-many-steps": "more steps than a story may have",
    "too-many-nodes": "more nodes over all steps than a story may have",
    "too-many-options": "more options than a choice may have",
    "too-many-parameters": "more parameters than a story may have",
    "too-much-text": "more text in expressions, over all steps, than a story may have",
}
WARNINGS: dict[str, str] = {
    "no-unmodelled": "no event stands for what nobody thought of",
    "empty-part": "a part of the story with no assumption",
    "certain-credence": "a point credence of 0 or 1",
    "beyond-one": "a number between a low and a high that is read as a probability and can be none",
    "unsupported-credence": "a credence without `because` or `evidence`",
    "multiple-stage": "a long conjunction whose members are all elicited one by one",
    "shared-evidence": "the same evidence behind several independent credences",
    "stale-credence": "a credence past its date",
    "open-challenge": "a challenge that nobody answered",
    "idle-assumption": "an assumption that reaches no outcome",
    "idle-event": "an event that reaches no outcome",
    "idle-safeguard": "a safeguard that reaches no outcome",
    "idle-choice": "a choice that reaches no outcome",
    "idle-quantity": "a quantity that reaches no outcome",
    "idle-axis": "an axis that no outcome depends on",
    "idle-phases": "phases whose steps are all alike",
    "contradicted-status": "a challenge whose status and `stands` contradict each other",
    "raising-undercut": "an undercut that leaves a higher credence than there was",
    "future-evidence": "evidence with a date that is yet to come",
    "waiver-lapses": "a waiver that lapses within 14 days",
    "waiver-lapsed": "a waiver past its date",
    "long-waiver": "a waiver that runs for more than a year",
    "allowance-lapsed": "a warning that was turned off up to a day that is past",
    "duplicate-waiver": "two valid waivers of one property for one case",
    "idle-waiver": "a waiver for a case that its property does not have",
    "impossible-outcome": "an outcome that can never happen",  # found by the engines
    "contradicted-total": "a stated total that the parts contradict",  # found by the engines
}
CODES: dict[str, tuple[Severity, str]] = {
    **{code: ("error", meaning) for code, meaning in ERRORS.items()},
    **{code: ("warning", meaning) for code, meaning in WARNINGS.items()},
}
