"""Warnings, places and loops: what the files of single defects do not show."""

import pytest

from sensa.stories.checking.all_checks import check
from sensa.stories.codes import CODES, ERRORS, WARNINGS
from sensa.stories.dependencies import cycle, dependencies
from sensa.stories.problems import Problem, StoryError
from sensa.stories.reading import parse, read
from tests.short_stories import ASSUMPTION, story
from tests.stories.quiet import HEAD, QUIET, RULES, TODAY, claim, found, used


def test_a_story_without_doubts_has_no_warnings() -> None:
    assert check(parse(HEAD + QUIET), TODAY) == ()


def test_the_warnings_of_a_story_with_nothing_in_it() -> None:
    assert [p.code for p in check(parse(HEAD), TODAY)] == ["empty-part", "no-unmodelled"]
    assert found("", "empty-part", HEAD) == [
        "assumptions: no assumption is about the parts `goal.specification`, `goal.desirability` "
        "and `rationale.constraints`"
    ]


def test_certain_credences() -> None:
    more = claim("a", "credence = 1\nbecause = 'x'") + claim("b", "credence = 0.0\nbecause = 'x'")
    assert found(more + used("a", "b"), "certain-credence") == [
        "assumptions.a.credence: `a` is certain: nothing could change it",
        "assumptions.b.credence: `b` is certain: nothing could change it",
    ]


def test_unsupported_credences_are_told_together() -> None:
    names = ["a", "b", "c", "d", "e"]
    more = "".join(claim(name, "credence = 0.5") for name in names) + used(*names)
    assert found(more, "unsupported-credence") == [
        "assumptions.a: `a`, `b`, `c` and 2 more have neither `because` nor `evidence`"
    ]
    supported = claim("f", 'credence = 0.5\nevidence = [{ source = "s" }]') + used("f")
    assert found(supported, "unsupported-credence") == []


def test_stale_credences_by_the_day() -> None:
    more = claim("a", "expires = 2026-11-19") + claim("b", "expires = 2026-11-20") + used("a", "b")
    assert found(more, "stale-credence") == ["assumptions.a.expires: `a` is stale: it expired on 2026-11-19"]


def test_open_challenges() -> None:
    rebuttal = (
        '[challenges.{}]\nagainst = "desired"\nkind = "rebut"\nclaim = "No"\nstatus = "{}"\nanswer = "So"\n'
    )
    more = "".join(rebuttal.format(status, status) for status in ("open", "answered", "accepted"))
    assert found(more, "open-challenge") == ["challenges.open: `open` is open: answer or accept it"]


def test_idle_assumptions_are_those_that_nothing_reads() -> None:
    chain = (
        claim("idle", "") + claim("far", "") + claim("read_by_idle", "")
        + '[[assumptions.idle.given]]\nif = "read_by_idle"\ncredence = "0.5"\n'
        + '[safeguards.monitor]\nagainst = ["unknown"]\nwhen = "far"\npower = 0.5\n'
        + used("halted")
    )  # fmt: skip
    assert found(chain, "idle-assumption") == ["assumptions.idle: `idle` reaches no outcome"]


def test_whatever_reaches_no_outcome_is_named() -> None:
    """What only an idle node reads is not named beside it."""
    more = (
        "[quantities.rate]\nvalue = 0.5\n[quantities.alone]\nvalue = 2\n"
        "[events.unread]\nchance = 'rate'\n"
        "[events.looking_back]\nevery_step = true\nwhen = 'prev.looking_back'\n"
        "[safeguards.warning]\nagainst = ['unknown']\npower = 0.5\naction = 'warn'\n"
        "[choices.model]\noptions = { a = { weight = 1 }, b = { weight = 1 } }\n"
    )
    for code, path in {
        "idle-quantity": "quantities.alone",
        "idle-safeguard": "safeguards.warning",
        "idle-choice": "choices.model",
    }.items():
        assert found(more, code) == [f"{path}: `{path.split('.')[1]}` reaches no outcome"]
    assert found(more, "idle-event") == [
        f"events.{name}: `{name}` reaches no outcome" for name in ("unread", "looking_back")
    ]


def test_a_number_read_as_a_probability_that_can_leave_it() -> None:
    """P(lognormal > 1) of 0.1 to 0.8 is 0.0228654, P(normal outside [0, 1]) 0.0048722 + 0.0172230 (scipy)."""
    share = "[quantities.q]\nvalue = {{ low = 0.1, high = 0.8{} }}\n"
    event = "[events.e]\nchance = '{}'\n" + used("e")
    (told,) = found(share.format("") + event.format("q"), "beyond-one")
    assert "it is above 1 with a chance of 2.3 %" in told
    (told,) = found(share.format(", family = 'normal'") + event.format("1 - q"), "beyond-one")
    assert "it is outside [0, 1] with a chance of 2.2 %" in told
    for safe in ("clip(q, 0, 1)", "q / (1 + q)", "0.5 if q > 1 else 0.1"):
        assert found(share.format("") + event.format(safe), "beyond-one") == []
    assert found(share.format("").replace("0.8", "8") + event.format("q"), "beyond-one") == []


def test_what_an_error_disconnects_is_not_named_beside_it() -> None:
    more = "[events.e]\nchance = 0.1\n" + used("e_").replace("not (e_)", "e_")
    assert [p.code for p in check(parse(HEAD + QUIET + more), TODAY)] == ["unknown-name"]


def test_phases_and_axes_that_change_nothing() -> None:
    phase = "[[phases]]\nname = '{}'\nrepeat = {}\naxes = {{ reach = 1 }}\n"
    phases = phase.format("one", 1) + phase.format("two", 9)
    event = "[events.e]\nevery_step = true\nchance = {}\n" + used("e")
    (alike,) = found(phases, "idle-phases")
    assert alike.startswith("phases: the 10 steps are all alike: ")
    assert not found(phases, "idle-axis")
    assert found(phases + event.format(0.1), "idle-phases") == []
    (axis,) = found(phases + event.format(0.1), "idle-axis")
    assert axis.startswith("phases[0].axes.reach: no outcome depends on the axis `reach`")
    for more in (event.format("'axis.reach'"), used("axis.reach > 0")):
        assert not found(phases + more, "idle-axis")
        assert not found(phases + more, "idle-phases")
    assert not found(phases + used("phase == 'two'"), "idle-phases")
    assert not found(phase.format("one", 1), "idle-phases")


def test_an_assumption_may_reach_an_outcome_through_time_challenges_and_numbers() -> None:
    more = (
        claim("early", "every_step = true") + claim("argued", "") + claim("counted", "")
        + '[events.later]\nevery_step = true\nwhen = "prev.early"\n'
        + '[challenges.doubt]\nagainst = "desired"\nkind = "rebut"\nclaim = "x"\nstatus = "accepted"\n'
        + 'stands = "0.1 if argued else share"\n[quantities.share]\nvalue = "0.2 if counted else 0.3"\n'
        + used("later")
    )  # fmt: skip
    assert found(more, "idle-assumption") == []


def test_the_multiple_stage_fallacy() -> None:
    names = ["a", "b", "c", "d", "e"]
    claims = "".join(claim(name, "because = 'x'\ncredence = 0.5") for name in names)
    path = "outcomes.together.when"
    conjunction = '[outcomes.together]\nkind = "catastrophic"\nwhen = "{}"\n'
    for text in (" and ".join(names), f"all({', '.join(names)})", " or ".join(f"not {n}" for n in names)):
        (message,) = found(claims + conjunction.format(text), "multiple-stage")
        assert message.startswith(f"{path}: 5 claims must hold together, and each has a credence of its own")
    assert found(claims + conjunction.format(" and ".join(names[:4])) + used("e"), "multiple-stage") == []
    given = '[[assumptions.e.given]]\nif = "a"\ncredence = 0.9\n'
    assert found(claims + given + conjunction.format(" and ".join(names)), "multiple-stage") == []


def test_shared_evidence_unless_the_credences_depend() -> None:
    evidence = 'credence = { beta = [8, 2] }\nevidence = [{ source = "One paper" }]'
    more = claim("a", evidence) + claim("b", evidence) + used("a", "b")
    assert found(more, "shared-evidence") == [
        "assumptions.b.evidence: `One paper` is behind `a` and `b`, whose credences are independent"
    ]
    pair = '["assumptions.a.credence", "assumptions.b.credence"]'
    linked = f"[[dependence]]\nbetween = {pair}\nrank_correlation = 0.9\n"
    assert found(more + linked, "shared-evidence") == []


def test_all_errors_come_at_once_by_place() -> None:
    wrong = (
        claim("a", "credence = 1.5") + '[events.b]\nwhen = "nobody and 1"\n[outcomes.c]\nkind = "success"\n'
    )
    problems = [p for p in check(parse(HEAD + wrong), TODAY) if p.severity == "error"]
    assert [p.code for p in problems] == ["bad-probability", "unknown-name", "expression-type", "bad-outcome"]
    assert [p.place for p in problems] == sorted(p.place for p in problems)


def test_defects_of_shape_come_at_once() -> None:
    wrong = claim("a", "credance = 0.5\nevery_step = 1") + "[events.b]\nchance = true\n"
    try:
        parse(HEAD + wrong)
        problems: tuple[Problem, ...] = ()
    except StoryError as error:
        problems = error.problems
    assert [p.code for p in problems] == ["unknown-key", "wrong-type", "wrong-type"]


def test_what_is_wrong_beside_a_defect_of_shape_comes_with_it() -> None:
    wrong = (
        claim("a", "credance = 0.5")
        + '[events.b]\nwhen = "a and b2"\n[safeguards.s]\nagainst = ["a"]\npower = 2.0\n'
        + "[quantities.q]\nvalue = [1]\n"
        + '[outcomes.o]\nkind = "fail_safe"\nwhen = "q > 1 and nobody"\nloss = true\n'
        + '[outcomes.p]\nkind = "fail_safe"\nwhen = "q > 1 and somebody"\n'
    )
    with pytest.raises(StoryError) as caught:
        parse(HEAD + wrong)
    assert [f"{p.path}: {p.code}" for p in caught.value.problems] == [
        "assumptions.a.credance: unknown-key",
        "events.b.when: unknown-name",
        "safeguards.s.power: bad-probability",
        "quantities.q.value: wrong-type",
        "outcomes.o.when: unknown-name",
        "outcomes.o.loss: wrong-type",
        "outcomes.p.when: unknown-name",
    ]


def test_the_whole_loop_is_named_and_prev_cuts_it() -> None:
    loop = "".join(f'[events.{a}]\nevery_step = true\nwhen = "{b}"\n' for a, b in ("pq", "qr", "rp"))
    (problem,) = [p for p in check(parse(HEAD + loop), TODAY) if p.severity == "error"]
    assert problem.message == "a cycle: `p` -> `q` -> `r` -> `p`"
    assert problem.fix == "`prev.` reads a value one step before"
    cut = loop.replace('"p"', '"prev.p"')
    assert [p for p in check(parse(HEAD + cut), TODAY) if p.severity == "error"] == []


def test_dependencies_are_what_must_be_known_first() -> None:
    uses = dependencies(read(RULES / "challenges.toml").document)
    assert uses["simple"] == {"misread"}
    assert uses["misread"] == {"shape_bias"}
    assert uses["late"] == {"misread", "shape_bias"}
    steps = dependencies(read(RULES / "steps.toml").document)
    assert steps["drifts"] == frozenset(), "prev does not count, axes read quantities at their own place"
    assert dependencies(read(RULES / "causes.toml").document)["breaks"] == {
        "simple",
        "fails",
        "monitor",
        "poor_data",
    }


def test_cycles() -> None:
    assert cycle({"a": frozenset("b"), "b": frozenset("c"), "c": frozenset()}) is None
    assert cycle({"a": frozenset("b"), "b": frozenset("cb"), "c": frozenset()}) == ("b", "b")


def test_a_problem_points_into_the_expression() -> None:
    text = HEAD + '[outcomes.c]\nkind = "fail_safe"\nwhen = "not simple or nobody"\n'
    (problem,) = [p for p in check(parse(text), TODAY) if p.severity == "error"]
    line = text.split("\n")[problem.place.line - 1]
    assert line[problem.place.column - 1 :] == 'nobody"'


def test_every_problem_has_a_known_code() -> None:
    assert set(CODES) == set(ERRORS) | set(WARNINGS)
    assert all(not meaning.endswith(".") for _, meaning in CODES.values())


def challenge(name: str, more: str) -> str:
    return f'[challenges.{name}]\nagainst = "desired"\nclaim = "No"\n{more}\n'


def test_a_status_that_the_number_contradicts() -> None:
    accepted = 'kind = "rebut"\nstatus = "accepted"\nstands = '
    answered = 'kind = "rebut"\nstatus = "answered"\nanswer = "So"\nstands = '
    more = (
        challenge("a", accepted + "0.2") + challenge("b", accepted + "{ uniform = [0.1, 0.4] }")
        + challenge("c", answered + "0.9") + challenge("d", answered + "{ interval = [0.6, 0.9] }")
    )  # fmt: skip
    assert found(more, "contradicted-status") == [
        "challenges.a.stands: `a` is accepted, and `stands` says that it is more likely wrong",
        "challenges.b.stands: `b` is accepted, and `stands` says that it is more likely wrong",
        "challenges.c.stands: `c` is answered, and `stands` says that it is more likely right",
        "challenges.d.stands: `d` is answered, and `stands` says that it is more likely right",
    ]
    fine = [
        accepted + "0.5",
        accepted + "{ beta = [1, 9] }",
        answered + "0.5",
        answered + '"0.9"',
        'kind = "rebut"',
    ]
    assert found("".join(challenge(f"f{i}", one) for i, one in enumerate(fine)), "contradicted-status") == []


def test_an_undercut_that_leaves_more_than_there_was() -> None:
    base = claim("low", "credence = 0.3")
    undercut = '[challenges.c]\nagainst = "low"\nkind = "undercut"\nclaim = "No"\nleaves = '
    assert found(base + undercut + "0.4\n" + used("low"), "raising-undercut") == [
        "challenges.c.leaves: `c` speaks against `low` and leaves it likelier"
    ]
    given = '[[assumptions.low.given]]\nif = "desired"\ncredence = 0.9\n'
    for leaves, more in (("0.3", ""), ("0.4", given), ("{ beta = [8, 2] }", ""), ('"0.4"', "")):
        assert found(base + more + undercut + leaves + "\n" + used("low"), "raising-undercut") == []


def test_evidence_of_the_future() -> None:
    evidence = 'evidence = [{{ source = "s", date = {} }}]'
    more = claim("a", evidence.format("2026-11-21")) + claim("b", evidence.format("2026-11-20"))
    assert found(more + used("a", "b"), "future-evidence") == [
        "assumptions.a.evidence[0].date: `a` rests on evidence of the future: 2026-11-21"
    ]


def test_numbers_that_given_keeps_from_being_used() -> None:
    """What comes after an entry that is always true, and what it replaces where that is written."""

    def told(more: str) -> list[str]:
        return [line.split(":")[0] for line in found(more + used("e"), "unused-number")]

    event = "[events.e]\nwhen = 'not desired'\n"
    always, sometimes = "{ chance = 0.1 }", "{ if = 'specified', chance = 0.2 }"
    also = always.replace("{", "{ if = 'true',")
    assert told(f"{event}chance = 0.5\ngiven = [{sometimes}]\n") == []
    assert told(f"{event}given = [{always}]\n") == []
    assert told(f"{event}given = [{sometimes}, {always}]\n") == []
    assert told(f"{event}given = [{always}, {sometimes}]\n") == ["events.e.given[1]"]
    assert told(f"{event}chance = 0.5\ngiven = [{also}]\n") == ["events.e.chance"]
    assert told(f"{event}chance = 0.5\ngiven = [{sometimes}, {always}, {sometimes}, {always}]\n") == [
        f"events.e.{key}" for key in ("chance", "given[2]", "given[3]")
    ]
    case = "{ credence = 0.3 }"
    credence = (
        claim("a", f"because = 'x'\ncredence = 0.5\ngiven = [{case}, {case}]") + "[events.e]\nwhen = 'a'\n"
    )
    assert told(credence) == ["assumptions.a.credence", "assumptions.a.given[1]"]


@pytest.mark.parametrize(
    ("targets", "power", "warned"),
    [
        ("'x', 'y'", "{ beta = [8, 2] }", True),
        ("'x', 'y'", "{ interval = [0.2, 0.9] }", True),
        ("'x', 'y'", "'1 - opacity'", True),
        ("'x', 'y'", "'1 - half'", True),  # through a quantity that is computed
        ("'x', 'model == \"a\"'", "{ beta = [8, 2] }", True),
        ('\'model == "a"\', \'model in ("a", "b")\'', "{ beta = [8, 2] }", True),
        ("'x', 'y'", "0.8", False),
        ("'x', 'y'", "'1 - fixed'", False),
        ("'x'", "{ beta = [8, 2] }", False),
        ("'model == \"a\"', 'model == \"b\"'", "{ beta = [8, 2] }", False),  # never both
    ],
)
def test_a_power_of_which_several_draws_share_one_number(targets: str, power: str, warned: bool) -> None:
    more = (
        "[quantities.opacity]\nvalue = { uniform = [0, 1] }\n[quantities.half]\nvalue = 'opacity / 2'\n"
        "[quantities.fixed]\nvalue = 0.2\n[events.x]\nchance = 0.1\n[events.y]\nchance = 0.1\n"
        "[choices.model.options]\na = { weight = 1 }\nb = { weight = 1 }\n"
        f"[safeguards.s]\nagainst = [{targets}]\npower = {power}\n" + used("s")
    )
    told = found(more, "shared-power")
    assert [line.split(":")[0] for line in told] == ["safeguards.s.power"] * warned


@pytest.mark.parametrize(
    ("measure", "is_idle"),
    [
        ("P(bad)", True),
        ("P(bad | alarm)", False),  # evidence: it depends on what an outcome depends on
        ("P(alarm)", False),  # asked for
        ("P(bad | rain)", True),  # tells nothing of how the story ends
    ],
)
def test_what_is_measured_is_not_idle(measure: str, is_idle: bool) -> None:
    body = ASSUMPTION.format(name="a", credence=0.8) + "[events.rain]\nchance = 0.5\n"
    body += '[events.alarm]\nchance = 0.1\ngiven = [{ if = "not a", chance = 0.9 }]\n'
    body += f'[expect]\n"{measure}" = {{ value = 0.5, within = 1 }}\n'
    event = "rain" if "rain" in measure else "alarm"
    idle = [p.message for p in check(parse(story(body, "not a"))) if p.code == "idle-event"]
    assert any(f"`{event}`" in message for message in idle) == is_idle
