"""Results read back from JSON, as `sensa run --format json` writes them."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from sensa.properties.verdicts import Judgement
from sensa.reports.result import others_shape
from sensa.reports.result.answers import (
    Answers,
    Asked,
    Carrying,
    Crossing,
    Expectation,
    Factor,
    JointMove,
    Measure,
    Number,
    Outcome,
    Pair,
    Provenance,
    Violations,
    ViolationSets,
)
from sensa.reports.result.document_shape import misfit
from sensa.reports.result.json import RUN_FORMAT
from sensa.reports.result.story_result import StoryResult
from sensa.reports.review.json import read_back
from sensa.stories.problems import Place, Problem, quoted

Document = Mapping[str, Any]


def results(text: str | bytes) -> tuple[StoryResult, ...]:
    """The stories of a document, those without a result with the reason.

    Raises ValueError for anything that is not `sensa-run/1`.
    """
    try:
        document = json.loads(text, parse_constant=_refused)
    except RecursionError:
        raise ValueError("its JSON nests too deep") from None
    except ValueError:
        raise ValueError("it is no NetCDF, Zarr or JSON") from None
    if not isinstance(document, dict) or document.get("format") != RUN_FORMAT:
        raise ValueError(f"its JSON is not {RUN_FORMAT}")
    wrong = misfit(document)
    if wrong is not None:
        raise ValueError(f"not as {RUN_FORMAT} says, at {quoted(wrong)}")
    for number, story in enumerate(document["stories"]):
        strange = others_shape.misfit(story.get("others", {}), f"stories[{number}]")
        if strange is not None:
            raise ValueError(f"not as {RUN_FORMAT} says, at {quoted(strange)}")
    try:
        return tuple(_story(story) for story in document["stories"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not as {RUN_FORMAT} says: {type(error).__name__} {error}") from None


def _refused(constant: str) -> None:
    """JSON has no NaN and no infinity."""
    raise ValueError(constant)


def _story(story: Document) -> StoryResult:
    problems = tuple(map(_problem, story["problems"]))
    if story["status"] != "answered":
        return StoryResult(
            story["file"],
            story["exit_code"],
            problems=problems,
            status=story["status"],
            message=story["message"],
        )
    return StoryResult(
        story["file"],
        story["exit_code"],
        answers(story),
        problems=problems,
        turned_off=story["turned_off"],
        unclaimed=tuple(story["unclaimed"]),
        judgement=read_back(Judgement, story["judgement"], "judgement"),
    )


def _problem(one: Document) -> Problem:
    place = Place(one["file"], one["line"], one["column"])
    return Problem(one["code"], one["severity"], place, one["path"], one["message"], one["fix"] or None)


def answers(story: Document) -> Answers:
    """The answers of one story."""
    tipping = story.get("tipping_points", {"risk": None, "crossings": []})
    return Answers(
        provenance=_provenance(story),
        how={name: one["how"] for name, one in story["analyses"].items()},
        notes={name: one["note"] for name, one in story["analyses"].items() if one["note"]},
        outcomes={
            name: Outcome(one["kind"], _measure(one), tuple(one["by_step"]))
            for name, one in story.get("outcomes", {}).items()
        },
        kinds={name: _measure(one) for name, one in story.get("kinds", {}).items()},
        phases=tuple(story.get("phases", ())),
        loss=_measure(story["loss"]) if "loss" in story else None,
        failing_safely=_failing_safely(story),
        cumulative={kind: tuple(row) for kind, row in story.get("cumulative", {}).items()},
        carried=Carrying(**story["carried_by"]) if "carried_by" in story else None,
        violations=_violations(story),
        both_violated=story.get("both_violated", {}),
        criteria={name: _measure(one) for name, one in story.get("criteria", {}).items()},
        sobol_credence={name: _factor(one) for name, one in story.get("sobol_credence", {}).items()},
        pairs_of_numbers=tuple(
            Pair(_two(one["numbers"]), one["both"], one["together"])
            for one in story.get("pairs_of_numbers", ())
        ),
        minimal={
            output: {way: _sets(found) for way, found in ways.items()}
            for output, ways in story.get("minimal_sets", {}).items()
        },
        tipping=tuple(Crossing(**one) for one in tipping["crossings"]),
        risk=tipping["risk"],
        meeting=tuple(map(_move, story.get("meeting", ()))),
        importance={
            measure: {
                name: {output: _infinite(value) for output, value in row.items()}
                for name, row in table.items()
            }
            for measure, table in story.get("importance", {}).items()
        },
        expectations={name: Expectation(**one) for name, one in story.get("expectations", {}).items()},
        others=story.get("others", {}),
    )


def _provenance(story: Document) -> Provenance:
    engine = story["engine"]
    same = ("file", "digest", "seed", "replicates", "points", "spread_points", "parameters", "intervals")
    return Provenance(
        story=story["title"],
        engine=engine["name"],
        engine_reason=engine["reason"],
        **{name: engine[name] for name in ("diagram_nodes", "sampled_gates", "worlds", "stopped", "order")},
        circuit_products=engine.get("circuit_products", 0),
        **{name: story[name] for name in same},
        left_out=story.get("left_out", ""),
        further=tuple(story.get("further", ())),
        versions=story["versions"],
        experts=story.get("experts", ""),
        asked=_asked(story["asked"]) if "asked" in story else None,
    )


def _asked(one: Document) -> Asked:
    return Asked(tuple(one["analyses"]), one["engine"], one["points"], one["precision"], one["samples"])


def _measure(one: Document) -> Measure:
    bounds = one.get("interval")
    return Measure(
        mean=one["mean"],
        error=one["error"],
        sd=one["sd"],
        quantiles=_by_level(one["quantiles"]),
        quantiles_error=_by_level(one.get("quantiles_error", {})),
        bounds=None if bounds is None else _two(bounds),
        sd_error=one.get("sd_error"),
    )


def _by_level(row: Document) -> dict[float, Number]:
    return {float(level): value for level, value in row.items()}


def _two(pair: Sequence[Any]) -> tuple[Any, Any]:
    one, other = pair
    return one, other


def _failing_safely(story: Document) -> Measure | None:
    if "fail_safe_given_failure" not in story:
        return None
    return _measure({"mean": story["fail_safe_given_failure"], **story["failing_safely"]})


def _violations(story: Document) -> Violations | None:
    if "violated" not in story:
        return None
    same = (
        "violated", "violated_error", "holds", "holds_error", "observed_violated",
        "observed_violated_error", "violated_given", "violated_given_error", "change", "change_error",
        "risk_change", "risk_change_error", "failing_change", "failing_change_error",
        "all_violated", "all_hold",
    )  # fmt: skip
    return Violations(
        probability=story["probability_violated"], **{name: story.get(name, {}) for name in same}
    )


def _factor(one: Document) -> Factor:
    return Factor(**{**one, "members": tuple(one["members"])})


def _sets(one: Document) -> ViolationSets:
    return ViolationSets(
        count=one["count"],
        sets=tuple(map(tuple, one["sets"])),
        chance=tuple(one["chance"]),
        single=tuple(one.get("single", ())),
    )


def _move(one: Document) -> JointMove:
    """Credences in the order of the result: the largest move first."""
    credences = {name: (moved["now"], moved["to"]) for name, moved in one["credences"].items()}
    order = sorted(credences, key=lambda name: (-_distance(*credences[name]), name))
    return JointMove(
        limit=one["limit"],
        properties=one["properties"],
        distance=one["distance"],
        credences={name: credences[name] for name in order},
        all_hold=one["all_hold"],
    )


def _distance(now: Number, there: Number) -> float:
    """How far a credence moves, in log-odds."""
    return abs(_log_odds(there) - _log_odds(now))


def _log_odds(p: Number) -> float:
    if p is None or not 0.0 < p < 1.0:
        return 0.0 if p is None else math.inf if p >= 1.0 else -math.inf
    return math.log(p / (1.0 - p))


def _infinite(value: Any) -> Number:
    return float(value) if isinstance(value, str) else value
