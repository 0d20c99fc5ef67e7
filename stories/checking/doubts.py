"""Warnings: questions that a reviewer would ask about a valid story."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import get_args

from sensa.stories.checking import evidence, idle, powers, repeated_experts, shares, signatures, unused_cases
from sensa.stories.checking.allowances import is_allowed
from sensa.stories.checking.view import View
from sensa.stories.counts import source_of
from sensa.stories.expressions import walk
from sensa.stories.numbers.canonical import support
from sensa.stories.numbers.distribution import Distribution
from sensa.stories.problems import Path, Problem, listed, path_text, quoted
from sensa.stories.schema.vocabulary import Part
from sensa.stories.syntax import Call, Expression, Junction, Name, Not

LONG_CONJUNCTION = 5  # members; with this many, small errors of each multiply to a large one
MAX_ALIKE = 3  # more warnings of one kind are reported as one


def problems(view: View, today: date) -> Iterator[Problem]:
    """The warnings of a story; many of one kind are reported as one."""
    yield from _unmodelled(view)
    yield from _fail_safe(view)
    yield from _empty_parts(view)
    yield from _together(
        view, "certain-credence", _certain(view), "is certain: nothing could change it", "are certain"
    )
    message = "has neither `because` nor `evidence`"
    yield from _together(
        view, "unsupported-credence", _unsupported(view), message, "have neither `because` nor `evidence`"
    )
    stale = {path: f"is stale: it expired on {day}" for path, day in _stale(view, today)}
    yield from _each(view, "stale-credence", stale, f"are stale: they expired before {today}")
    yield from _together(view, "open-challenge", _open(view), "is open: answer or accept it", "are open")
    fix = "read it in the `when` of an outcome, or of what an outcome depends on"
    for code, paths in idle.idle(view).items():
        yield from _together(view, code, paths, "reaches no outcome", "reach no outcome", fix)
    yield from idle.steps(view)
    yield from shares.problems(view)
    yield from powers.problems(view)
    yield from unused_cases.problems(view)
    yield from repeated_experts.problems(view)
    yield from _multiple_stage(view)
    yield from _shared_evidence(view)
    yield from evidence.doubts(view)
    yield from signatures.doubts(view)
    yield from _contradicted_status(view)
    yield from _raising_undercuts(view)
    dated = {path: f"rests on evidence of the future: {day}" for path, day in _future(view, today)}
    yield from _each(view, "future-evidence", dated, f"rest on evidence from after {today}")


def _together(
    view: View, code: str, paths: Iterable[Path], one: str, many: str, fix: str | None = None
) -> Iterator[Problem]:
    yield from _each(view, code, dict.fromkeys(paths, one), many, fix)


def _each(
    view: View, code: str, found: dict[Path, str], many: str, fix: str | None = None
) -> Iterator[Problem]:
    """A warning for each path, or one for many that names the first three; ignores those turned off."""
    off = [p for p in found if is_allowed(view.document, code, path_text(p))]
    for path in off:
        yield view.warning(code, path, f"{quoted(_name(path))} {found[path]}", fix)
    found = {p: m for p, m in found.items() if p not in off}
    if len(found) <= MAX_ALIKE:
        for path, message in found.items():
            yield view.warning(code, path, f"{quoted(_name(path))} {message}", fix)
        return
    first = next(iter(found))
    names = ", ".join(quoted(_name(path)) for path in list(found)[:MAX_ALIKE])
    rest = len(found) - MAX_ALIKE
    yield view.warning(code, first, f"{names} and {rest} more {many}", fix)


def _name(path: Path) -> str:
    return str(path[1])


def _unmodelled(view: View) -> Iterator[Problem]:
    if not any(event.mode == "unmodelled" for event in view.document.events.values()):
        message = 'no event with `mode = "unmodelled"`: nothing covers what nobody thought of'
        yield view.warning("no-unmodelled", ("events",), message)


def _fail_safe(view: View) -> Iterator[Problem]:
    if not any(outcome.kind == "fail_safe" for outcome in view.document.outcomes.values()):
        message = "no outcome of the kind `fail_safe`: nothing is said about failing safely"
        yield view.warning("no-fail-safe", ("outcomes",), message)


def _empty_parts(view: View) -> Iterator[Problem]:
    used = {assumption.part for assumption in view.document.assumptions.values()}
    empty = [part for part in get_args(Part) if part not in used]
    if empty:
        parts = "part" if len(empty) == 1 else "parts"
        yield view.warning(
            "empty-part", ("assumptions",), f"no assumption is about the {parts} {listed(empty, 'and')}"
        )


def _certain(view: View) -> Iterator[Path]:
    """Assumptions with a point credence of 0 or 1, in any of their cases."""
    for number in view.numbers:
        if number.path[0] == "assumptions" and number.form in (0, 1):
            yield number.path


def _unsupported(view: View) -> Iterator[Path]:
    """Stated credences that rest on nothing; an omitted one claims nothing."""
    for name, assumption in view.document.assumptions.items():
        claimed = "credence" in assumption.model_fields_set or bool(assumption.given)
        if claimed and not assumption.because.strip() and not assumption.evidence:
            yield ("assumptions", name)


def _stale(view: View, today: date) -> Iterator[tuple[Path, date]]:
    for table, claims in (
        ("assumptions", view.document.assumptions),
        ("challenges", view.document.challenges),
    ):
        for name, claim in claims.items():
            if claim.expires is not None and claim.expires < today:
                yield (table, name, "expires"), claim.expires


def _open(view: View) -> Iterator[Path]:
    for name, challenge in view.document.challenges.items():
        if challenge.status == "open":
            yield ("challenges", name)


def _multiple_stage(view: View) -> Iterator[Problem]:
    """Long conjunctions of claims elicited one by one (the multiple-stage fallacy)."""
    for text in view.texts:
        tree = view.trees.get(text.path)
        for members in _conjunctions(tree) if tree is not None else ():
            yield from _stages(view, text.path, members)
    for name, event in view.document.events.items():
        yield from _stages(view, ("events", name, "requires"), event.requires)


def _stages(view: View, path: Path, members: Iterable[str]) -> Iterator[Problem]:
    alone = [name for name in dict.fromkeys(members) if _elicited_alone(view, name)]
    if len(alone) >= LONG_CONJUNCTION:
        message = (
            f"{len(alone)} claims must hold together, and each has a credence of its own with no `given`: "
            f"{listed(alone, 'and', most=5)}; late stages are likelier once the early ones hold"
        )
        yield view.warning("multiple-stage", path, message)


def _conjunctions(tree: Expression) -> Iterator[list[str]]:
    """The names joined by `and`, and those whose violations are joined by `or`; `all` and `any` likewise."""
    for node, _ in walk(tree):
        joined = isinstance(node, Junction) or (isinstance(node, Call) and node.function in ("all", "any"))
        if not joined or not isinstance(node, Junction | Call):
            continue
        conjunction = node.operator == "and" if isinstance(node, Junction) else node.function == "all"
        if conjunction:
            yield [arg.name for arg in node.args if isinstance(arg, Name)]
        else:
            yield [arg.arg.name for arg in node.args if isinstance(arg, Not) and isinstance(arg.arg, Name)]


def _elicited_alone(view: View, name: str) -> bool:
    """Whether a claim has its own number, which depends on nothing else in the story."""
    document = view.document
    if name in document.assumptions:
        assumption = document.assumptions[name]
        return not assumption.given and not isinstance(assumption.credence, str)
    if name not in document.events:
        return False
    event = document.events[name]
    conditional = event.given or event.when is not None or event.requires or event.causes
    return not conditional and event.chance is not None and not isinstance(event.chance, str)


def _shared_evidence(view: View) -> Iterator[Problem]:
    """Credences drawn independently that rest on the same source."""
    behind: dict[str, list[str]] = {}
    for name, assumption in view.document.assumptions.items():
        if f"assumptions.{name}.credence" in view.parameters:
            for source in dict.fromkeys(map(source_of, assumption.evidence)):
                behind.setdefault(source, []).append(name)
    linked = {frozenset(stated.between) for stated in view.document.dependence}
    shared = {}
    for source, names in behind.items():
        first = f"assumptions.{names[0]}.credence"
        apart = [n for n in names[1:] if frozenset((first, f"assumptions.{n}.credence")) not in linked]
        if apart:
            shared[source] = [names[0], *apart]
    for source, names in list(shared.items())[:MAX_ALIKE]:
        claims = listed(names, "and", most=MAX_ALIKE)
        message = f"{quoted(source)} is behind {claims}, whose credences are independent"
        fix = "a `[[dependence]]` between them says that they stand and fall together"
        yield view.warning("shared-evidence", ("assumptions", names[1], "evidence"), message, fix)
    if len(shared) > MAX_ALIKE:
        first = shared[list(shared)[MAX_ALIKE]][1]
        rest = f"{len(shared) - MAX_ALIKE} more sources are behind several independent credences"
        yield view.warning("shared-evidence", ("assumptions", first, "evidence"), rest)


def _contradicted_status(view: View) -> Iterator[Problem]:
    """Challenges whose status contradicts the whole range of `stands`."""
    for name, challenge in view.document.challenges.items():
        path: Path = ("challenges", name, "stands")
        stands = _range(view, path)
        if stands is None:
            continue
        if challenge.status == "accepted" and stands[1] < 0.5:
            message = f"{quoted(name)} is accepted, and `stands` says that it is more likely wrong"
        elif challenge.status == "answered" and stands[0] > 0.5:
            message = f"{quoted(name)} is answered, and `stands` says that it is more likely right"
        else:
            continue
        yield view.warning("contradicted-status", path, message, "change one of them")


def _raising_undercuts(view: View) -> Iterator[Problem]:
    """Undercuts that raise the credence at all values of the parameters."""
    for name, challenge in view.document.challenges.items():
        leaves = _range(view, ("challenges", name, "leaves"))
        target = view.document.assumptions.get(challenge.against)
        if leaves is None or target is None:
            continue
        base: Path = ("assumptions", challenge.against)
        stated = [(*base, "credence"), *((*base, "given", i, "credence") for i in range(len(target.given)))]
        ranges = [_range(view, path) for path in stated]
        if all(known is not None and known[1] < leaves[0] for known in ranges):
            message = f"{quoted(name)} speaks against {quoted(challenge.against)} and leaves it likelier"
            fix = "`leaves` is the credence that is left, not what is taken away"
            yield view.warning("raising-undercut", ("challenges", name, "leaves"), message, fix)


def _range(view: View, path: Path) -> tuple[float, float] | None:
    """The smallest and the largest value of a number; None if it is computed or missing."""
    value = view.values.get(path)
    if isinstance(value, Distribution):
        return support(value)
    return (value, value) if isinstance(value, float) else None


def _future(view: View, today: date) -> Iterator[tuple[Path, date]]:
    for path, item in evidence.entries(view):
        if item.day is not None and item.day > today:
            yield (*path, "date"), item.day
