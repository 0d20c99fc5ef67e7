"""Types: what fits where it stands, and the message, place and fix where it does not."""

from typing import get_args

import pytest
from hypothesis import given

from sensa.stories.expressions import Choice, Scope, parse, type_problems
from sensa.stories.expressions.functions import SIGNATURES
from sensa.stories.syntax import Call, Expression, Function
from tests.stories.expression_trees import SCOPE, bool_trees, real_trees, unhurried

ONCE = Scope(types=SCOPE.types, every_step=SCOPE.every_step, axes=SCOPE.axes, phases=SCOPE.phases)
ONLY_READ = "(it can be read only where `every_step = true`, and in outcomes)"
ONLY_USED = "(it can be used only where `every_step = true`, and in outcomes)"
NUMBER = "expected true or false, got the number"
BOOL = "which is true or false"
CHOICE = "is a choice, compared only with options in quotes"
NO_PREV = "(only every-step assumptions, choices, events and safeguards have a step before)"

RIGHT_BOOLS = [
    "true",
    "a and not b or holds",
    "halted",
    "x < 1 < q",
    "x == 1",
    "1 < 2",
    'model == "planner"',
    'model in ("planner", "texture")',
    "model.agentic",
    "a if b else model.agentic",
    "any(a, b)",
    "all(a)",
    "at_least(0, a)",
    "at_least(2, a, b)",
    "exactly(1, a, x < 1)",
    "(1 if a else x) > 0",
]
RIGHT_REALS = [
    "x",
    "x if a else 1",
    "min(x, 1, q)",
    "clip(x, 0, 1)",
    "race(x, rate)",
    "within(rate, 1)",
    "-log(x) ** 2",
    "1 if a else 0",
]
RIGHT_EACH_STEP = [
    "drifted or prev.drifted",
    'found == "good" and not prev.found.safe and prev.found != "bad"',
    "step == 0 or round > 1",
    "axis.shift > x",
    'phase == "pretraining"',
]


@pytest.mark.parametrize("text", RIGHT_BOOLS)
def test_bools(text: str) -> None:
    assert type_problems(parse(text), ONCE) == ()
    assert type_problems(parse(text), ONCE, "real")


@pytest.mark.parametrize("text", RIGHT_REALS)
def test_reals(text: str) -> None:
    assert type_problems(parse(text), ONCE, "real") == ()
    assert type_problems(parse(text), ONCE, "bool")


@pytest.mark.parametrize("text", RIGHT_EACH_STEP)
def test_words_of_steps(text: str) -> None:
    assert type_problems(parse(text), SCOPE) == ()
    assert type_problems(parse(text), ONCE)


@unhurried
@given(bool_trees(3))
def test_well_typed_bools(expression: Expression) -> None:
    assert type_problems(expression, SCOPE, "bool") == ()
    assert type_problems(expression, SCOPE, "real")


@unhurried
@given(real_trees(3))
def test_well_typed_reals(expression: Expression) -> None:
    assert type_problems(expression, SCOPE, "real") == ()
    assert type_problems(expression, SCOPE, "bool")


WRONG_BOOLS = [
    # numbers, bools and choices in each other's place
    ("x", 0, f"{NUMBER} `x` (compare it, as in `x > 0`)"),
    ("a and 1", 6, f"{NUMBER} `1` (write `true`)"),
    ("not 0", 4, f"{NUMBER} `0` (write `false`)"),
    ("x + 1 if a else b", 0, f"{NUMBER} `x + 1` (compare it, as in `x + 1 > 0`)"),
    ("a + 1 > 0", 0, f"expected a number, got `a`, {BOOL} (write `(1 if a else 0)`)"),
    ("a < 1", 0, f"expected a number, got `a`, {BOOL} (write `(1 if a else 0)`)"),
    ("x > (a or b)", 5, f"expected a number, got `a or b`, {BOOL} (write `(1 if a or b else 0)`)"),
    ("exp(a) < 2", 4, f"expected a number, got `a`, {BOOL} (write `(1 if a else 0)`)"),
    ("a if x else b", 5, f"{NUMBER} `x` (compare it, as in `x > 0`)"),
    ("model", 0, 'expected true or false, got the choice `model` (write `model == "planner"`)'),
    ("not model", 4, 'expected true or false, got the choice `model` (write `model == "planner"`)'),
    ("any(a, x)", 7, f"{NUMBER} `x` (compare it, as in `x > 0`)"),
    # comparisons
    ("a == b", 0, "`==` compares numbers, not true and false (write `not exactly(1, a, b)`)"),
    ("a != b", 0, "`!=` compares numbers, not true and false (write `exactly(1, a, b)`)"),
    ("a == true", 0, "`==` compares numbers, not true and false (write `a`)"),
    ("(a or b) == false", 0, "`==` compares numbers, not true and false (write `not (a or b)`)"),
    ("true != a", 0, "`!=` compares numbers, not true and false (write `not a`)"),
    ("x == a", 5, f"expected a number, got `a`, {BOOL} (write `(1 if a else 0)`)"),
    (
        "model == texture",
        0,
        f'`model` {CHOICE} (write `model == "texture"`)',
    ),
    ("a or model != b", 5, f'`model` {CHOICE} (write `model != "planner"`)'),
    ("1 < model", 4, f'`model` {CHOICE} (write `model == "planner"`)'),
    # options and tags
    ('model == "textur"', 0, "`model` has no option `textur` (did you mean `texture`?)"),
    ('model != "z"', 0, "`model` has no option `z` (its options are `planner`, `texture`, `lookup_table`)"),
    ('model == "agentic"', 0, "`model` has no option `agentic` (write `model.agentic`)"),
    ('model in ("planner", "plan")', 0, "`model` has no option `plan` (did you mean `planner`?)"),
    ("model.agentc", 0, "no option of `model` has the tag `agentc` (did you mean `model.agentic`?)"),
    ("model.z", 0, "no option of `model` has the tag `z` (its tags are `agentic`, `conforms`)"),
    ("model.texture", 0, 'no option of `model` has the tag `texture` (write `model == "texture"`)'),
    ('a == "planner"', 0, "`a` is true or false, not a choice (only a choice has options)"),
    ('x in ("planner", "b")', 0, "`x` is a number, not a choice (only a choice has options)"),
    ("a.agentic", 0, "`a` is true or false, not a choice (only a choice has tags)"),
    ('modle == "z"', 0, "unknown name `modle` (did you mean `model`?)"),
    # names
    ("hold", 0, "unknown name `hold` (did you mean `holds`?)"),
    ("a and qq > 0", 6, "unknown name `qq`"),
    ("texture", 0, 'unknown name `texture` (write `model == "texture"`)'),
    ("agentic", 0, "unknown name `agentic` (write `model.agentic`)"),
    ("halt", 0, "unknown name `halt` (did you mean `halted`?)"),
    # functions
    ("exp() > 0", 0, "`exp` takes 1 argument, not 0 (write `exp(x)`)"),
    ("log(x, 2) > 0", 0, "`log` takes 1 argument, not 2 (write `log(x)`)"),
    ("x < min(x)", 4, "`min` takes at least 2 arguments, not 1 (write `min(x, y)`)"),
    ("clip(x, 1) > 0", 0, "`clip` takes 3 arguments, not 2 (write `clip(x, low, high)`)"),
    ("race(x) > 0", 0, "`race` takes 2 arguments, not 1 (write `race(a, b)`)"),
    ("within(x, 1, 2) > 0", 0, "`within` takes 2 arguments, not 3 (write `within(rate, time)`)"),
    ("any()", 0, "`any` takes at least 1 argument, not 0 (write `any(a, b)`)"),
    ("at_least(1)", 0, "`at_least` takes at least 2 arguments, not 1 (write `at_least(2, a, b, c)`)"),
    ("at_least(a, b)", 9, "`at_least` takes a whole number first (write `at_least(2, a, b, c)`)"),
    ("exactly(1.5, a, b)", 8, "`exactly` takes a whole number first (write `exactly(1, a, b)`)"),
    ("at_least(-1, a, b)", 9, "`at_least` takes a whole number first (write `at_least(2, a, b, c)`)"),
    ("at_least(3, a, b)", 9, "`3` of 2 can never be true (write a number from 0 to 2)"),
    ("exactly(1, a, 1)", 14, f"{NUMBER} `1` (write `true`)"),
    # words of steps, where there are none
    ("drifted", 0, f"`drifted` is drawn at every step {ONLY_READ}"),
    ("a and found.safe", 6, f"`found` is drawn at every step {ONLY_READ}"),
    ("step > 1", 0, f"`step` has no value here {ONLY_USED}"),
    ("x < round", 4, f"`round` has no value here {ONLY_USED}"),
    ("axis.shift > 1", 0, f"`axis` has no value here {ONLY_USED}"),
    ('phase == "pretraining"', 0, f"`phase` has no value here {ONLY_USED}"),
    ("prev.drifted", 0, f"`prev` has no value here {ONLY_USED}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "at", "message"), WRONG_BOOLS)
def test_wrong_bools(text: str, at: int, message: str) -> None:
    assert [(str(p), p.at) for p in type_problems(parse(text), ONCE)] == [(message, at)]


WRONG_REALS = [
    ("a", 0, f"expected a number, got `a`, {BOOL} (write `1 if a else 0`)"),
    ("model", 0, 'expected a number, got the choice `model` (write `1 if model == "planner" else 0`)'),
    ("x < 1", 0, f"expected a number, got `x < 1`, {BOOL} (write `1 if x < 1 else 0`)"),
    (
        "model.agentic * 2",
        0,
        f"expected a number, got `model.agentic`, {BOOL} (write `(1 if model.agentic else 0)`)",
    ),
    ("true", 0, f"expected a number, got `true`, {BOOL} (write `1 if true else 0`)"),
    ("a if b else 1", 0, f"expected a number, got `a`, {BOOL} (write `(1 if a else 0)`)"),
    ("1 if a else b", 12, f"expected a number, got `b`, {BOOL} (write `(1 if b else 0)`)"),
    ("x + axis.shft", 4, "no phase names the axis `shft` (did you mean `axis.shift`?)"),
    ("axis.z", 0, "no phase names the axis `z`"),
    ("shift", 0, "unknown name `shift` (write `axis.shift`)"),
    ("stp", 0, "unknown name `stp` (did you mean `step`?)"),
    ('1 if phase == "pretrain" else 0', 5, "no phase has the name `pretrain` (did you mean `pretraining`?)"),
    ("1 if prev.a else 0", 5, f"`prev.a` has no value {NO_PREV}"),
    ("1 if prev.halted else 0", 5, f"`prev.halted` has no value {NO_PREV}"),
    ("prev.step", 0, f"`prev.step` has no value {NO_PREV}"),
    ("1 if prev.drifts else 0", 5, "unknown name `drifts` (did you mean `prev.drifted`?)"),
    ("1 if prev.z.safe else 0", 5, f"unknown name `z` {NO_PREV}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "at", "message"), WRONG_REALS)
def test_wrong_reals(text: str, at: int, message: str) -> None:
    assert [(str(p), p.at) for p in type_problems(parse(text), SCOPE, "real")] == [(message, at)]


def test_all_problems_in_the_order_of_the_text() -> None:
    found = type_problems(parse('qq > 1 and x or model == "z" or exp(a, 2) > min(x)'), ONCE)
    assert [problem.at for problem in found] == [0, 11, 16, 32, 36, 44]


def test_the_shared_middle_of_a_chain_is_reported_once() -> None:
    found = type_problems(parse("0 < a < 1"), ONCE)
    assert [str(p) for p in found] == [f"expected a number, got `a`, {BOOL} (write `(1 if a else 0)`)"]


def test_forbidden_names_and_words_give_their_reason() -> None:
    reasons = {
        "failed": "an outcome is read last, nothing can depend on it",
        "step": "a quantity has one value for the whole story",
        "prev": "a quantity has one value for the whole story",
        "axis": "an axis cannot depend on another",
        "model": "only quantities can be read here",
    }
    scope = Scope(
        types={"a": "bool", "x": "real", "model": Choice(("o",))}, step_words=True, forbidden=reasons
    )
    wrong = {
        "failed and a": ("`failed` cannot be read here", reasons["failed"]),
        "step < 2": ("`step` cannot be read here", reasons["step"]),
        "prev.a": ("`prev` cannot be used here", reasons["prev"]),
        "axis.shift > 1": ("`axis` cannot be used here", reasons["axis"]),
        "model.t": ("`model` cannot be read here", reasons["model"]),
        "model == x": ("`model` cannot be read here", reasons["model"]),
        'model == "p"': ("`model` cannot be read here", reasons["model"]),
    }
    for text, expected in wrong.items():
        assert [(p.message, p.fix) for p in type_problems(parse(text), scope)] == [expected]


def test_an_unknown_name_is_not_guessed_to_be_of_a_type() -> None:
    for text in ("unheard_of", "unheard_of + 1 > 0", "not unheard_of", "(unheard_of if a else b)"):
        found = type_problems(parse(text), ONCE)
        assert [p.message for p in found] == ["unknown name `unheard_of`"]


def test_every_function_of_the_tree_has_a_signature_that_its_example_keeps() -> None:
    assert set(SIGNATURES) == set(get_args(Function))
    reals = ("x", "y", "p", "low", "high", "rate", "time", "interval", "chance")
    scope = Scope(types={"a": "bool", "b": "bool", "c": "bool"} | dict.fromkeys(reals, "real"))
    for function, signature in SIGNATURES.items():
        example = parse(signature.example)
        assert isinstance(example, Call)
        assert example.function == function
        # `race(a, b)` is of reals: its example names them as the format does
        known = scope if function != "race" else Scope(types={"a": "real", "b": "real"})
        assert type_problems(example, known, "bool" if signature.of_bools else "real") == ()
