"""Cases that break properties, in a Markdown comment."""

from collections.abc import Iterator, Sequence

from sensa.properties.verdicts import Counterexample, Move, Verdict
from sensa.reports.markdown_escape import Block, code, text
from sensa.reports.review import verdict_lines as judged

MAX_NAMED = 5
MAX_STEPS = 20


def counterexample(verdict: Verdict, case: Counterexample, file: str) -> Block:
    """What breaks a property, what fixes it, and how to replay it."""
    worst = None if verdict.worst is None or verdict.worst.name == case.name else verdict.worst
    command = judged.replay(verdict, case, file)
    extras = (case.path, case.fix, worst, command)
    claim = f": {text(verdict.claim)}" if verdict.claim else ""
    return Block(
        2,
        f"\n**✗ {code(verdict.name)}**{claim}\n\n",
        lambda: (f"- {line}" for line in _case_lines(verdict, case, worst, command)),
        1 + len(case.parts) + sum(map(bool, extras)),
        more="- and % more",
    )


def _case_lines(
    verdict: Verdict, case: Counterexample, worst: Counterexample | None, command: str
) -> Iterator[str]:
    yield f"nearest case {code(case.name)}: {_case(case)}, {text(judged.sides(verdict, case))}"
    for part in case.parts:
        yield f"without {code(part.name)} {judged.rest(part)}"
    if case.path:
        yield " → ".join(code(name) for name in case.path[:MAX_STEPS]) + (
            f" → {len(case.path) - MAX_STEPS} more" if len(case.path) > MAX_STEPS else ""
        )
    if case.fix is not None:
        yield f"**fixed by:** {_moved(case.fix)}"
    if worst is not None:
        yield f"worst case {code(worst.name)}: {_case(worst)}, {text(judged.sides(verdict, worst))}"
    if command:
        yield f"replay: {code(command, 400)}"


def minimal_case(case: tuple[Verdict, Counterexample]) -> str:
    """A further minimal case of a property, in a line."""
    verdict, one = case
    return f"{code(verdict.name)}: {_case(one)}, {text(judged.sides(verdict, one))}, {code(one.name)}"


def _case(case: Counterexample) -> str:
    said = []
    if case.violated:
        said.append(f"{_names(case.violated)} violated")
    if case.omitted:
        said.append(f"{_names(case.omitted)} left out")
    said += [_moved(move) for move in case.moves[:3]]
    if len(case.moves) > 3:
        said.append(f"{len(case.moves) - 3} more numbers moved")
    return ", ".join(said) or "the story as it is"


def _names(names: Sequence[str]) -> str:
    shown = [code(name) for name in names[:MAX_NAMED]]
    return " and ".join(shown) + (f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else "")


def _moved(move: Move) -> str:
    return f"{code(move.parameter)} from {judged.number(move.stated)} to {judged.number(move.to)}"
