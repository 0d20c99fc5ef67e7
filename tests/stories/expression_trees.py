"""Expression trees to test with: any shape at all, and well typed ones in a fixed scope."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from sensa.stories.expressions import Choice, Scope
from sensa.stories.syntax import (
    Arithmetic,
    Axis,
    Boolean,
    Call,
    Comparison,
    Expression,
    IfElse,
    Junction,
    Name,
    Negative,
    Not,
    Number,
    Option,
    Phase,
    Tag,
)

# The properties do not depend on time, and a busy machine is no defect of theirs.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

BOOLS = ("a", "b", "holds")
REALS = ("q", "x", "rate")
SCOPE = Scope(
    types={
        **dict.fromkeys(BOOLS, "bool"),
        **dict.fromkeys(REALS, "real"),
        "model": Choice(("planner", "texture", "lookup_table"), frozenset({"agentic", "conforms"})),
        "drifted": "bool",
        "found": Choice(("good", "bad"), frozenset({"safe"})),
    },
    every_step=frozenset({"drifted", "found"}),
    step_words=True,
    prev=frozenset({"drifted", "found"}),
    axes=frozenset({"shift", "oversight"}),
    phases=frozenset({"pretraining", "deploy and curate"}),
)

numbers = st.one_of(
    st.integers(0, 20).map(float), st.floats(0, allow_infinity=False, allow_nan=False)
).map(Number)  # fmt: skip
_tests = st.sampled_from(
    [
        Option(Name("model"), ("planner",)),
        Option(Name("model"), ("planner",), negated=True),
        Option(Name("model"), ("planner", "texture")),
        Option(Name("found", prev=True), ("good",)),
        Tag(Name("model"), "agentic"),
        Tag(Name("found", prev=True), "safe"),
        Phase("pretraining"),
        Phase("deploy and curate"),
    ]
)
bool_leaves = st.one_of(
    st.sampled_from([Name(n) for n in (*BOOLS, "drifted", "halted")] + [Name("drifted", prev=True)]),
    st.booleans().map(Boolean),
    _tests,
)
real_leaves = st.one_of(
    numbers, st.sampled_from([Name(n) for n in (*REALS, "step", "round")] + [Axis("shift")])
)
_arithmetic = st.sampled_from(["+", "-", "*", "/", "**"])
_comparisons = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
_connectives = st.sampled_from(["and", "or"])
UNARY = ("exp", "log", "sqrt", "logistic", "logit")


def _few(
    elements: st.SearchStrategy[Expression], least: int = 2
) -> st.SearchStrategy[tuple[Expression, ...]]:
    return st.lists(elements, min_size=least, max_size=3).map(tuple)


@st.composite
def _counted(draw: st.DrawFn, bools: st.SearchStrategy[Expression]) -> Expression:
    args = draw(_few(bools, 1))
    k = draw(st.integers(0, len(args)))
    return Call(draw(st.sampled_from(["at_least", "exactly"])), (Number(float(k)), *args))


def bool_trees(depth: int) -> st.SearchStrategy[Expression]:
    """Well typed bool expressions of at most this depth."""
    if depth == 0:
        return bool_leaves
    bools, reals = st.deferred(lambda: bool_trees(depth - 1)), st.deferred(lambda: real_trees(depth - 1))
    return st.one_of(
        bool_leaves,
        bools.map(Not),
        st.builds(Junction, _connectives, _few(bools)),
        st.builds(Comparison, _comparisons, reals, reals),
        st.builds(IfElse, bools, bools, bools),
        st.builds(Call, st.sampled_from(["any", "all"]), _few(bools, 1)),
        _counted(bools),
    )


def real_trees(
    depth: int, leaves: st.SearchStrategy[Expression] = real_leaves
) -> st.SearchStrategy[Expression]:
    """Well typed real expressions of at most this depth."""
    if depth == 0:
        return leaves
    bools, reals = (
        st.deferred(lambda: bool_trees(depth - 1)),
        st.deferred(lambda: real_trees(depth - 1, leaves)),
    )
    return st.one_of(
        leaves,
        reals.map(Negative),
        st.builds(Arithmetic, _arithmetic, reals, reals),
        st.builds(IfElse, st.one_of(bools, st.builds(Comparison, _comparisons, reals, reals)), reals, reals),
        st.builds(Call, st.sampled_from(["min", "max"]), _few(reals)),
        st.builds(lambda f, x: Call(f, (x,)), st.sampled_from(UNARY), reals),
        st.builds(
            lambda f, x, y: Call(f, (x, y)),
            st.sampled_from(["within", "race", "periodic_test"]),
            reals,
            reals,
        ),
        st.builds(
            lambda f, *xs: Call(f, xs), st.sampled_from(["clip", "start_and_run"]), reals, reals, reals
        ),
    )


def any_trees(depth: int) -> st.SearchStrategy[Expression]:
    """Every shape that has a text, right or wrong in type."""
    leaves = st.one_of(bool_leaves, real_leaves)
    if depth == 0:
        return leaves
    parts = st.deferred(lambda: any_trees(depth - 1))
    functions = st.sampled_from(["any", "all", "at_least", "exactly", "min", "max", "clip", "race", *UNARY])
    return st.one_of(
        leaves,
        parts.map(Not),
        parts.map(Negative),
        st.builds(Junction, _connectives, _few(parts)),
        st.builds(Comparison, _comparisons, parts, parts),
        st.builds(Arithmetic, _arithmetic, parts, parts),
        st.builds(IfElse, parts, parts, parts),
        st.builds(Call, functions, _few(parts, 0)),
    )
