"""Stories built in Python say what the same tables in a text say."""

import inspect
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import sensa
from sensa import build
from sensa.compiling import compile_story
from sensa.graph import Graph, Origin
from sensa.stories.schema.document import Document
from sensa.stories.schema.plan import Header
from sensa.stories.story import Story
from tests.strategies import NOTED, stories

LIBRARY = sorted((Path(__file__).parents[2] / "stories" / "library").glob("*.toml"))
NAMES = {"if": "condition", "class": "classes", "raise": "raising", "lower": "lowering", "date": "day"}
ENTRIES = {
    "quantities": build.quantity,
    "assumptions": build.assumption,
    "challenges": build.challenge,
    "choices": build.choice,
    "events": build.event,
    "safeguards": build.safeguard,
    "outcomes": build.outcome,
    "properties": build.requirement,
    "expect": build.expectation,
    "stated": build.stated_result,
}
ELEMENTS = {
    "phases": build.phase,
    "dependence": build.dependence,
    "waivers": build.waiver,
    "allow": build.allowance,
}
INNER = {
    "constraints": build.constraint,
    "nudges": build.nudge,
    "rows": build.row,
    "evidence": build.evidence,
}


def built(doc: dict[str, Any]) -> Story:
    """The story of a raw document, by the function for each of its tables."""
    doc = {key: table for key, table in doc.items() if key != "format"}
    header = doc.pop("story")
    tables: dict[str, Any] = {
        "goal": build.goal(**renamed(doc.pop("goal"))),
        "rationale": build.rationale(**renamed(doc.pop("rationale"))),
    }
    for key, table in doc.items():
        if key in ENTRIES:
            tables[key] = {name: ENTRIES[key](**inside(key, entry)) for name, entry in table.items()}
        elif key in ELEMENTS:
            tables[key] = [ELEMENTS[key](**renamed(element)) for element in table]
        else:
            tables[key] = table
    return build.story(**header, **tables)


def inside(key: str, entry: dict[str, Any]) -> dict[str, Any]:
    found = renamed(entry)
    inner = {**INNER, "given": build.given_credence if key == "assumptions" else build.given_chance}
    for name, make in inner.items():
        if name in found:
            found[name] = [make(**renamed(element)) for element in found[name]]
    if "options" in found:
        found["options"] = {name: build.option(**option) for name, option in found["options"].items()}
    if "forall" in found:
        forall = renamed(found["forall"])
        if "violate" in forall:
            forall["violate"] = build.violate(**forall["violate"])
        found["forall"] = build.forall(**forall)
    return found


def renamed(table: dict[str, Any]) -> dict[str, Any]:
    return {NAMES.get(key, key): value for key, value in table.items()}


def graph(story: Story) -> Graph:
    """What a story compiles to, but for the file that it is from."""
    return replace(compile_story(story), origin=Origin("", "", ""))


@settings(deadline=None)
@given(stories(NOTED))
def test_a_built_story_is_the_one_in_a_text(text: str) -> None:
    """The same document and the same graph, and again where it is written to TOML and read."""
    story = built(tomllib.loads(text))
    read = sensa.loads(text)
    assert story.document == read.document
    assert graph(story) == graph(read)
    assert graph(sensa.loads(story.to_toml())) == graph(read)


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_the_library_can_be_built(file: Path) -> None:
    story = built(tomllib.loads(file.read_text("utf-8")))
    assert story.document == sensa.load(file).document
    assert sensa.loads(story.to_toml()).document == story.document
    assert build.from_tables(tomllib.loads(file.read_text("utf-8"))).document == story.document


def functions() -> dict[str, Any]:
    return {
        name: function
        for name, function in inspect.getmembers(build, inspect.isfunction)
        if function.__module__ == build.__name__ and not name.startswith("_")
    }


@pytest.mark.parametrize("name", sorted(functions().keys() - {"story", "from_tables"}))
def test_a_function_takes_the_fields_of_its_table(name: str) -> None:
    """All of them, by keyword, and those alone must be given that the format requires."""
    signature = inspect.signature(functions()[name])
    model = signature.return_annotation
    fields = model.model_fields
    assert all(it.kind is inspect.Parameter.KEYWORD_ONLY for it in signature.parameters.values())
    assert signature.parameters.keys() == fields.keys()
    required = {it.name for it in signature.parameters.values() if it.default is inspect.Parameter.empty}
    assert required == {key for key, field in fields.items() if field.is_required()}


def test_a_story_takes_all_tables() -> None:
    taken = inspect.signature(build.story).parameters.keys()
    assert taken == (Document.model_fields.keys() - {"format", "story"}) | (
        Header.model_fields.keys() | {"file"}
    )


def plan(**changed: Any) -> Story:
    tables: dict[str, Any] = {
        "title": "Plan",
        "goal": build.goal(classes=["narrow-agent"], specification="S", desirability="D"),
        "rationale": build.rationale(classes=["other"], constraints=["C"], nudges=["N"]),
        "assumptions": {"a": build.assumption(claim="A", part="goal.specification", credence=0.875)},
        "outcomes": {
            "bad": build.outcome(kind="catastrophic", when="not a"),
            "stopped": build.outcome(kind="fail_safe", when="false"),
            "good": build.outcome(kind="success", otherwise=True),
        },
    }
    return build.story(**(tables | changed))


def test_a_built_story_runs_like_any_other() -> None:
    tree = sensa.run(plan(), analyses=["outcomes"])
    assert float(tree["outcomes"]["mean"].sel(outcome="bad")) == 0.125
    assert tree.attrs["file"] == "<built>"


def test_stories_of_a_loop() -> None:
    for n in range(1, 4):
        names = [f"a{i}" for i in range(n)]
        assumptions = {
            name: build.assumption(claim="A", part="goal.specification", credence=0.5) for name in names
        }
        outcomes = plan().document.outcomes | {
            "bad": build.outcome(kind="catastrophic", when=" and ".join(f"not {name}" for name in names))
        }
        tree = sensa.run(plan(assumptions=assumptions, outcomes=outcomes), analyses=["outcomes"])
        assert float(tree["outcomes"]["mean"].sel(outcome="bad")) == 0.5**n


def test_problems_name_the_path() -> None:
    wrong = build.assumption(claim="A", part="goal.specification", credence=1.5)
    with pytest.raises(sensa.StoryError) as caught:
        plan(assumptions={"a": wrong}, file="mine")
    assert [str(p) for p in caught.value.problems] == [
        "mine: assumptions.a.credence: `1.5` is not a probability: it must be within [0, 1]"
    ]
    with pytest.raises(sensa.StoryError) as caught:
        plan(assumptions={"a": build.event(chance=0.5)})
    assert str(caught.value.problems[0]).startswith("<built>: assumptions.a.chance: unknown key `chance`")


def test_edits_of_a_built_story() -> None:
    story = plan().with_value("assumptions.a.credence", 0.5)
    assert "credence = 0.5\n" in story.to_toml()
    with pytest.raises(sensa.StoryError, match=r"^<built>: outcomes\.bad\.when: unknown name `b`"):
        story.with_value("outcomes.bad.when", "b")


def test_what_are_no_tables() -> None:
    for wrong in ("plan.toml", 3, [1]):
        with pytest.raises(TypeError) as caught:
            build.from_tables(wrong)  # type: ignore[arg-type]
        assert str(caught.value) == f"expected the tables of a story, not `{type(wrong).__name__}`"
    with pytest.raises(TypeError, match=r"^story\.title: `object` is not a value of a story$"):
        plan(title=object())


def test_dates_are_dates() -> None:
    kept = build.assumption(claim="A", part="goal.specification", credence=0.5, expires=date(2999, 1, 2))
    assert "expires = 2999-01-02\n" in plan(assumptions={"a": kept}).to_toml()
