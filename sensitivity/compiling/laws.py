"""Laws of nodes over earlier nodes: one function for each kind of node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sensa import folding
from sensa.graph import TRUE, ZERO, AnyCause, Bool, Case, CaseKind, Constant, FirstCase, Pick, Real, Row, Rule
from sensa.stories.counts import from_evidence
from sensa.stories.schema.choices import CONFORMS
from sensa.stories.traversal import row_tests

if TYPE_CHECKING:
    from sensa.compiling import Compiler
    from sensa.stories.schema.choices import Choice
    from sensa.stories.schema.choices import Row as RowModel
    from sensa.stories.schema.nodes import Assumption, Challenge, Event, Safeguard


def assumption_law(
    compiler: Compiler, name: str, model: Assumption, path: str, step: int | None
) -> FirstCase:
    """The first that applies of: rebuttals, undercuts, the entries of `given`, the credence."""
    cases = _challenged(compiler, name, step)
    for i, given in enumerate(model.given):
        cases.append(
            _case(compiler, compiler.condition(given.condition, step), given.credence,
                  f"{path}.given[{i}].credence", step)
        )  # fmt: skip
    credence = from_evidence(model.credence, model.evidence)
    cases.append(_case(compiler, TRUE, credence, f"{path}.credence", step))
    return FirstCase(tuple(cases))


def challenge_law(compiler: Compiler, name: str, model: Challenge, path: str, step: int | None) -> FirstCase:
    """A challenge stands unless it is itself rebutted; if undercut, with the chance that is left."""
    cases = _challenged(compiler, name, step)
    stands = from_evidence(model.stands, model.evidence)
    cases.append(_case(compiler, TRUE, stands, f"{path}.stands", step))
    return FirstCase(tuple(cases))


def event_law(
    compiler: Compiler, name: str, model: Event, path: str, step: int | None
) -> FirstCase | AnyCause:
    """A chance if active and a leak if not, or independent causes."""
    required = [compiler.condition(text, step) for text in model.requires]
    if model.causes:
        causes = [
            _case(compiler, folding.conjunction([*required, compiler.condition(cause, step)]), chance,
                  f"{path}.causes.{cause}", step)
            for cause, chance in model.causes.items()
        ]  # fmt: skip
        leak = _case(compiler, TRUE, _or(model.leak, 0.0), f"{path}.leak", step, "alone")
        return AnyCause((*causes, leak))
    active = folding.conjunction([compiler.condition(model.when, step), *required])
    idle = folding.negation(active)
    cases = [_case(compiler, idle, _or(model.leak, 0.0), f"{path}.leak", step, "alone")]
    for i, given in enumerate(model.given):
        cases.append(
            _case(compiler, compiler.condition(given.condition, step), given.chance,
                  f"{path}.given[{i}].chance", step)
        )  # fmt: skip
    chance = from_evidence(model.chance, model.evidence)
    cases.append(_case(compiler, TRUE, _or(chance, 1.0), f"{path}.chance", step))
    return FirstCase(tuple(cases))


def safeguard_law(compiler: Compiler, name: str, model: Safeguard, path: str, step: int | None) -> AnyCause:
    """Fires on any target that it sees, or falsely; each target has its own draw."""
    when = compiler.condition(model.when, step)
    stated = from_evidence(model.power, model.evidence)
    power = compiler.number(stated, f"{path}.power", "probability", step)
    cases = [
        Case(
            folding.conjunction([when, compiler.condition(target, step)]),
            power,
            f"{path}.power",
            f"{path}.power({target})",
        )
        for target in model.against
    ]
    false_alarm = _or(model.false_alarm, 0.0)
    cases.append(_case(compiler, when, false_alarm, f"{path}.false_alarm", step, "alone"))
    return AnyCause(tuple(cases))


def choice_law(compiler: Compiler, name: str, model: Choice, path: str, step: int | None) -> Pick:
    """Weights, and the rules that exclude options or multiply their odds."""
    options = tuple(model.options)
    conforms = frozenset(i for i, option in enumerate(model.options.values()) if CONFORMS in option.tags)
    misses = _misses(compiler, model, path, step)
    if model.rows:
        rows = tuple(
            _row(compiler, row, options, f"{path}.rows[{i}]", step) for i, row in enumerate(model.rows)
        )
        return Pick(options, (), (), (), path, conforms, misses, rows)
    weights, paths = [], []
    for option, declared in model.options.items():
        key = "weight" if declared.bits is None else "bits"
        paths.append(f"{path}.options.{option}.{key}")
        value = compiler.number(getattr(declared, key), paths[-1], "real", step)
        weights.append(value if key == "weight" else _power_of_half(value))
    rules = [
        Rule(
            compiler.condition(rule.condition, step),
            f"{path}.constraints[{i}]",
            excludes=frozenset(options.index(option) for option in rule.excludes),
        )
        for i, rule in enumerate(model.constraints)
    ]
    for i, nudge in enumerate(model.nudges):
        at = f"{path}.nudges[{i}]"
        factors = tuple(
            (options.index(o), compiler.number(raw, f"{at}.odds.{o}", "real", step), f"{at}.odds.{o}")
            for o, raw in nudge.odds.items()
        )
        rules.append(Rule(compiler.condition(nudge.condition, step), at, factors=factors))
    return Pick(options, tuple(weights), tuple(paths), tuple(rules), path, conforms, misses)


def _row(compiler: Compiler, model: RowModel, options: tuple[str, ...], path: str, step: int | None) -> Row:
    """A row of a table; an option that it does not name has the chance 0."""
    paths = tuple(f"{path}.chances.{option}" for option in options)
    return Row(
        tuple(compiler.condition(text, step) for text in row_tests(model).values()),
        tuple(
            compiler.number(model.chances.get(option, 0.0), at, "probability", step)
            for option, at in zip(options, paths, strict=True)
        ),
        paths,
        path,
    )


def _misses(compiler: Compiler, model: Choice, path: str, step: int | None) -> tuple[Real, ...]:
    """How far each option misses the goal; empty if the choice says nothing of the goal."""
    declared = model.options
    if not any(CONFORMS in option.tags or option.miss is not None for option in declared.values()):
        return ()
    return tuple(
        compiler.number(
            _or(option.miss, 0.0 if CONFORMS in option.tags else 1.0),
            f"{path}.options.{name}.miss",
            "probability",
            step,
        )
        for name, option in declared.items()
    )


def _power_of_half(bits: Real) -> Real:
    return folding.application("**", Constant(0.5), bits)


def _challenged(compiler: Compiler, name: str, step: int | None) -> list[Case]:
    """The cases of the challenges against `name`: rebuttals before undercuts."""
    challenges = [(c, m) for c, m in compiler.document.challenges.items() if m.against == name]
    rebuts = [
        Case(_stands(compiler, c), ZERO, f"challenges.{c}", f"challenges.{c}.rebuts", "rebutted")
        for c, m in challenges
        if m.kind == "rebut"
    ]
    undercuts = [
        _case(compiler, _stands(compiler, c), m.leaves, f"challenges.{c}.leaves", step)
        for c, m in challenges
        if m.kind == "undercut"
    ]
    return rebuts + undercuts


def _stands(compiler: Compiler, challenge: str) -> Bool:
    return compiler.condition(challenge, None)


def _case(
    compiler: Compiler, when: Bool, raw: Any, path: str, step: int | None, kind: CaseKind = "caused"
) -> Case:
    return Case(when, compiler.number(raw, path, "probability", step), path, path, kind)


def _or(raw: Any, default: float) -> Any:
    return default if raw is None else raw
