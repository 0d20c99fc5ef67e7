"""Any review at all, for Hypothesis: every field of its type, every text of any characters."""

from datetime import date

from hypothesis import strategies as st

from sensa.comparing.changes import Change, Comparison, Effect, Moved, MovedLoss
from sensa.properties.verdicts import Counterexample, Judgement, Move, Part, Range, Verdict, WaiverUse
from sensa.reviewing.review import CODES, Ending, Review, Violated
from sensa.stories.problems import Place, Problem

ANY = st.text(st.characters(blacklist_categories=()), max_size=20)  # control signs, lone surrogates, all
SIGNS = st.text("ab \n\r\t|`*_[]()<>&@#:/%,\"'\\!~$^{}=+-.1\x00\x1b\u2028\u202e\ud800", max_size=30)
TEXTS = ANY | SIGNS
NUMBERS = st.floats(allow_nan=False)
COUNTS = st.integers(0, 10**6)
PLACES = st.builds(Place, TEXTS, st.integers(1, 10**6), st.integers(1, 10**6))
SEVERITIES = st.sampled_from(["error", "warning"])


def few(what: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(what, max_size=2).map(tuple)


PROBLEMS = st.builds(Problem, TEXTS, SEVERITIES, PLACES, TEXTS, TEXTS, st.none() | TEXTS)
RANGES = st.builds(Range, NUMBERS, NUMBERS)
MOVES = st.builds(Move, TEXTS, NUMBERS, NUMBERS)
WITNESSES = st.builds(
    Counterexample,
    name=st.from_regex("cx-[0-9a-f]{8}", fullmatch=True),
    violated=few(TEXTS), omitted=few(TEXTS), moves=few(MOVES), left=NUMBERS, right=NUMBERS, margin=NUMBERS,
    parts=few(st.builds(Part, TEXTS, NUMBERS)), path=few(TEXTS), fix=st.none() | MOVES,
)  # fmt: skip
USES = st.builds(
    WaiverUse,
    property=TEXTS, witness=st.none() | few(TEXTS), ceiling=st.none() | NUMBERS, reason=TEXTS, owner=TEXTS,
    expires=st.dates(date(1, 1, 1)), standing=st.sampled_from(["used", "unused", "exceeded", "lapsed"]),
    days_left=st.integers(-1000, 1000), place=PLACES,
)  # fmt: skip
VERDICTS = st.builds(
    Verdict,
    name=TEXTS, claim=TEXTS, require=TEXTS, at=TEXTS, severity=SEVERITIES, place=PLACES,
    status=st.sampled_from(["pass", "fail", "undecided", "vacuous", "waived", "inactive"]),
    certainty=st.sampled_from([None, "exact", "bound", "statistical"]),
    alpha=NUMBERS, left=st.none() | RANGES, right=st.none() | RANGES, margin=st.none() | NUMBERS,
    paired_margin=st.none() | RANGES, share=st.none() | RANGES,
    nearest=st.none() | WITNESSES, worst=st.none() | WITNESSES,
    minimal=few(WITNESSES), examined=COUNTS, complete=st.booleans(), reason=TEXTS, waivers=few(USES),
    base=st.just("") | st.just("a.toml@0a1b2c3d") | TEXTS,
)  # fmt: skip
JUDGEMENTS = st.builds(Judgement, few(VERDICTS), few(USES), NUMBERS, NUMBERS)
CHANGES = st.builds(
    Change, TEXTS, st.sampled_from(["added", "removed", "changed"]), st.none() | TEXTS, st.none() | TEXTS,
    st.none() | PLACES, st.booleans(), few(st.builds(Effect, TEXTS, NUMBERS, NUMBERS)), st.none() | TEXTS,
)  # fmt: skip
COMPARISONS = st.builds(
    Comparison, TEXTS, few(CHANGES),
    few(st.builds(Moved, TEXTS, TEXTS, st.none() | NUMBERS, st.none() | NUMBERS, NUMBERS)),
    st.sampled_from(["exact", "sampled", "none"]), TEXTS,
    st.none() | st.builds(MovedLoss, *[st.none() | NUMBERS] * 3, NUMBERS),
)  # fmt: skip
REVIEWS = st.builds(
    Review,
    file=TEXTS, title=TEXTS, digest=st.just("") | st.just("ab" * 32), state=st.sampled_from(sorted(CODES)),
    exit_code=st.sampled_from(sorted(CODES.values())), message=TEXTS, problems=few(PROBLEMS),
    judgement=JUDGEMENTS, endings=few(st.builds(Ending, TEXTS, TEXTS, NUMBERS, NUMBERS, NUMBERS)),
    violated=few(st.builds(Violated, TEXTS, NUMBERS, NUMBERS)),
    comparison=st.none() | COMPARISONS, before=st.none() | JUDGEMENTS,
    engine=TEXTS, seed=COUNTS, seconds=st.floats(0, 1e6), notes=few(TEXTS),
)  # fmt: skip
