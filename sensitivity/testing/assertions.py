"""Assertions about a story's results, for tests; each passes, or raises a counterexample."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from sensa.pipeline import prepare
from sensa.properties.asserting import NAME, alone, asserted, to_toml
from sensa.properties.cases import Case
from sensa.properties.declared import DeclaredProperty
from sensa.properties.judge import asking, judge
from sensa.properties.verdicts import Verdict
from sensa.reports.review import verdict_lines as judged
from sensa.session import Session
from sensa.stories.days import today
from sensa.stories.story import Story
from sensa.testing.failures import PropertyFailed, PropertyUndecided, failed, unclear, world_of

MAX_SECONDS = 20.0
MAX_EXAMPLES = 200
Violations = int | tuple[int, int] | Mapping[str, Any]
Names = str | Sequence[str]


def assert_holds(
    story: Story | Session,
    require: str,
    *,
    violate: Violations = 0,
    raising: Names = (),
    lowering: Names = (),
    omit: Names = (),
    at: Literal["mean", "worst"] = "mean",
    quantile: float | None = None,
    base: Story | Session | None = None,
    seconds: float = MAX_SECONDS,
    examples: int = MAX_EXAMPLES,
    undecided: Literal["error", "pass"] = "error",
) -> None:
    """Assert that a requirement holds in a story, in every requested case.

    `require`, `violate`, `raising`, `lowering`, `omit`, `at` and `quantile` have the meaning of the
    keys of `[properties.NAME]`; `violate` is the maximum number of violated assumptions, or the minimum and
    maximum, or the keys of its table; `base` is what `base.` reads. All cases are searched by size for up to
    `seconds`; if that does not decide, Hypothesis tries `examples` more cases.

    Raises `PropertyFailed`, an `AssertionError`, with the smallest case that breaks the requirement, or if
    its condition is impossible in every case; `PropertyUndecided` if nothing was found and not all cases were
    searched (with `undecided="pass"` this passes); `ValueError` for an invalid requirement.
    """
    __tracebackhide__ = True
    session = _prepared(story)
    before = None if base is None else _prepared(base)
    forall = _scope(violate, raising, lowering, omit)
    table: dict[str, Any] = {"require": require}
    table |= {} if at == "mean" else {"at": at}
    table |= {} if quantile is None else {"quantile": quantile}
    table |= {"forall": forall} if forall else {}
    verdict = _judged(session, asserted(session.story, table), before, seconds)
    match verdict.status:
        case "fail":
            raise _failed(session, verdict, table)
        case "undecided":
            more = _falsified(session, before, table, examples)
            if undecided == "error":
                raise PropertyUndecided(unclear(verdict, more), verdict)
        case "vacuous" | "inactive":
            raise PropertyFailed(lambda: unclear(verdict), verdict)


def assert_monotone(
    story: Story | Session,
    *,
    raising: Names = (),
    lowering: Names = (),
    lowers: str = "",
    raises: str = "",
    violate: Violations = 0,
    seconds: float = MAX_SECONDS,
) -> None:
    """Assert that raising numbers, each alone, never raises a measure (`lowers`) or lowers it (`raises`).

    `assert_monotone(story, raising="safeguards.*.power", lowers="P(catastrophic)")`. A number is raised to
    the upper end of its central 90 % interval, a stated probability to 1, and `lowering` likewise: the two
    ends are compared, not what lies between them. The errors are those of `assert_holds`.
    """
    __tracebackhide__ = True
    if bool(lowers) == bool(raises) or not (raising or lowering):
        raise ValueError("expected numbers in `raising` or `lowering`, and a measure in `lowers` or `raises`")
    measure, sign = (lowers, "<=") if lowers else (raises, ">=")
    require = f"after.{measure} {sign} before.{measure}"
    assert_holds(story, require, violate=violate, raising=raising, lowering=lowering, seconds=seconds)


def _prepared(story: Story | Session) -> Session:
    return story if isinstance(story, Session) else prepare(story)


def _scope(violate: Violations, raising: Names, lowering: Names, omit: Names) -> dict[str, Any]:
    """The keys of `forall`."""
    found: dict[str, Any] = {}
    if isinstance(violate, Mapping):
        found["violate"] = dict(violate)
    elif violate != 0:
        least, most = (0, violate) if isinstance(violate, int) else violate
        found["violate"] = {"max": most} | ({"min": least} if least else {})
    for key, names in (("raise", raising), ("lower", lowering), ("omit", omit)):
        if names:
            found[key] = [names] if isinstance(names, str) else list(names)
    return found


def _judged(session: Session, one: DeclaredProperty, base: Session | None, seconds: float) -> Verdict:
    bare = replace(session, source=alone(session.story))
    return judge(bare, today=today(), base=base, properties=[one], seconds=seconds).verdicts[0]


def _failed(session: Session, verdict: Verdict, table: Mapping[str, Any], found: str = "") -> PropertyFailed:
    """The failure for the nearest case; the worst one is in the verdict."""
    case = verdict.nearest
    assert case is not None
    toml = to_toml(table) if verdict.name == NAME else ""
    command = judged.replay(verdict, case, session.story.file, toml)
    return failed(session, verdict, case, command, found or judged.sentence(verdict))


def _falsified(session: Session, base: Session | None, table: Mapping[str, Any], examples: int) -> str:
    """Raise for a counterexample that Hypothesis finds; otherwise describe how much it tried."""
    __tracebackhide__ = True
    if "quantile" in table:
        return ""
    from sensa.testing.falsifying import Falsifier

    bare = replace(session, source=alone(session.story))
    asked, ranged = asking(bare, asserted(bare.story, table), base)
    numbers = asked.head.relevant if "at" in table else ()
    falsifier = Falsifier(asked, ranged, numbers)
    found = falsifier.search(examples)
    if found is None:
        return f"Hypothesis found no counterexample in {examples} examples"
    case, _ = found
    narrow = _narrowed(table, case)
    verdict = _judged(session, asserted(bare.story, narrow), base, MAX_SECONDS)
    said = f"found by Hypothesis, within {examples} examples"
    if verdict.status == "fail" and not numbers:
        raise _failed(session, verdict, narrow, said)
    counterexample = falsifier.counterexample(NAME, session.story.document, found)
    command = f"sensa.prepare(sensa.load({session.story.file!r})).evaluate({world_of(counterexample)!r})"
    raise failed(session, replace(verdict, status="fail"), counterexample, command, said)


def _narrowed(table: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """The keys of the property, restricted to one case."""
    forall: dict[str, Any] = {}
    if case.violated:
        size = {"max": len(case.violated), "min": len(case.violated), "among": list(case.violated)}
        forall["violate"] = {**table["forall"]["violate"], **size}
    if case.change is not None:
        forall[case.change.what] = [case.change.name]
    whole = {key: value for key, value in table.items() if key != "forall"}
    return {**whole, "forall": forall} if forall else whole
