"""The tables of nodes; the scope has the names that a node may use."""

from typing import Any

from hypothesis import strategies as st

from sensa.testing.strategies.choice_rows import rows
from sensa.testing.strategies.number_forms import positive_number, probability_number, real_distribution
from sensa.testing.strategies.typed_expressions import Draw, Scope, latest, one_of, truth

PARTS = ("goal.specification", "goal.desirability", "rationale.constraints", "rationale.nudges")
CRITERIA = ("goal_alignment", "goal_competitiveness", "rationale_alignment", "rationale_competitiveness")
MODES = (
    *("objective-misgeneralization", "mesa-optimization", "outer-misalignment", "inner-misalignment"),
    *("deceptive-alignment", "unmodelled", "other"),
)


def condition(draw: Draw, scope: Scope, depth: int) -> dict[str, str]:
    """The optional `if` of a case or rule."""
    return {"if": truth(draw, scope, depth)} if draw(st.integers(0, 3)) < 3 else {}


def assumption(draw: Draw, scope: Scope, depth: int) -> dict[str, Any]:
    """An assumption."""
    table: dict[str, Any] = {"claim": "A claim", "part": draw(st.sampled_from(PARTS))}
    if draw(st.integers(0, 5)) < 5:
        table["credence"] = probability_number(draw, scope, depth)
    given = [
        condition(draw, scope, depth) | {"credence": probability_number(draw, scope, 1)}
        for _ in range(draw(st.integers(0, 2)))
    ]
    extras: dict[str, Any] = {
        "criterion": draw(st.sampled_from(CRITERIA)),
        "because": 'It was "seen"',
    }
    kept = draw(st.sampled_from([(), ("criterion",), tuple(extras)]))
    return table | {key: extras[key] for key in kept} | ({"given": given} if given else {})


def challenge(draw: Draw, scope: Scope, against: str) -> dict[str, Any]:
    """A challenge of an assumption or of another challenge."""
    table: dict[str, Any] = {"against": against, "claim": "A doubt", "kind": "rebut"}
    if draw(st.integers(0, 4)) < 4:
        table["stands"] = probability_number(draw, scope, 1)
    if draw(st.booleans()):
        table |= {"kind": "undercut", "leaves": probability_number(draw, scope, 1)}
    status: list[dict[str, str]] = [
        {},
        {"status": "open"},
        {"status": "answered", "answer": "Because"},
        {"status": "accepted"},
    ]
    return table | draw(st.sampled_from(status))


def event(draw: Draw, scope: Scope, depth: int) -> dict[str, Any]:
    """An event, by a condition or by causes."""
    table: dict[str, Any] = {"claim": "Something happens"}
    if draw(st.booleans()):
        table["mode"] = draw(st.sampled_from(MODES))
    if draw(st.integers(0, 2)) == 2:
        table["leak"] = probability_number(draw, scope, 1)
    names = [name for name in scope.bools if not name.startswith("prev.")]
    required = [name for name in names if name != "halted"]
    if required and draw(st.integers(0, 3)) == 3:
        table["requires"] = [latest(draw, required)]
    if names and draw(st.integers(0, 2)) == 2:
        causes = dict.fromkeys(latest(draw, names) for _ in range(draw(st.integers(1, 3))))
        return table | {"causes": {name: probability_number(draw, scope, 1) for name in causes}}
    if draw(st.integers(0, 3)) < 3:
        table["when"] = truth(draw, scope, depth)
    if draw(st.integers(0, 3)) < 3:
        table["chance"] = probability_number(draw, scope, depth)
    given = [
        condition(draw, scope, 1) | {"chance": probability_number(draw, scope, 1)}
        for _ in range(max(0, draw(st.integers(-1, 2))))
    ]
    return table | ({"given": given} if given else {})


def choice(draw: Draw, scope: Scope, depth: int, options: dict[str, list[str]]) -> dict[str, Any]:
    """A choice that always leaves some option."""
    tabular = draw(st.integers(0, 3)) == 3

    def option(tags: list[str]) -> dict[str, Any]:
        weights = (
            lambda: {"weight": positive_number(draw, scope)},
            lambda: {"weight": positive_number(draw, scope)},
            lambda: {"bits": draw(st.integers(0, 5))},
            lambda: {"bits": real_distribution(draw)},
        )
        number: dict[str, Any] = {} if tabular else one_of(draw, *weights)
        if "conforms" not in tags and draw(st.integers(0, 3)) == 3:
            number["miss"] = probability_number(draw, scope, 1)
        return number | ({"tags": tags} if tags else {})

    def part(usual: int) -> dict[str, str]:
        k = draw(st.integers(0, 8))
        return {} if k == 8 else {"part": PARTS[usual if k > 3 else k]}

    table: dict[str, Any] = {
        "claim": "What training finds",
        "options": {name: option(tags) for name, tags in options.items()},
    }
    if tabular:
        return table | {"rows": rows(draw, scope, list(options))}
    first, *others = options  # the first is never excluded, so that some option is always left
    constraints: list[dict[str, Any]] = []
    nudges: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 2))):
        where = condition(draw, scope, depth)
        if draw(st.booleans()):
            excludes = draw(st.lists(st.sampled_from(others), min_size=1, unique=True))
            constraints.append({**part(2), **where, "excludes": excludes})
        else:
            odds = {draw(st.sampled_from([first, *others])): positive_number(draw, scope)}
            nudges.append({**part(3), **where, "odds": odds})
    rules = {"constraints": constraints, "nudges": nudges}
    return table | {key: rule for key, rule in rules.items() if rule}


def safeguard(draw: Draw, scope: Scope, depth: int, action: str) -> dict[str, Any]:
    """A safeguard with one or two targets."""
    targets = [truth(draw, scope, draw(st.integers(0, 1))) for _ in range(draw(st.integers(1, 2)))]
    table: dict[str, Any] = {
        "claim": "A check",
        "against": list(dict.fromkeys(targets)),
        "power": probability_number(draw, scope, depth),
    }
    if draw(st.booleans()):
        table["when"] = truth(draw, scope, depth)
    if draw(st.booleans()):
        table["false_alarm"] = probability_number(draw, scope, 1)
    return table | ({"action": action} if action == "warn" or draw(st.booleans()) else {})
