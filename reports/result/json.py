"""Results as strict JSON: `docs/json-output.md` describes it, `run.schema.json` is its schema.

The same run gives the same bytes: keys are sorted, and nothing depends on time or machine.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sensa.properties.verdicts import Judgement
from sensa.reports.layout import Paper
from sensa.reports.result.answers import (
    Answers,
    Carrying,
    Factor,
    Measure,
    Number,
    Table,
    Violations,
    ViolationSets,
)
from sensa.reports.result.story_result import StoryResult
from sensa.reports.review import json as review_json
from sensa.stories.problems import Problem

RUN_FORMAT = "sensa-run/1"
NULL = "null: not defined"

_ANALYSIS = {  # for each key that may be null: the analysis whose note explains it
    "outcomes": "outcomes",
    "kinds": "kinds",
    "cumulative": "kinds",
    "carried_by": "carried_by",
    "pairs_of_numbers": "sobol_credence",
    "meeting": "meeting",
    "minimal_sets": "minimal_sets",
    "tipping_points": "tipping_points",
    "importance": "importance",
    "loss": "outcomes",
    "fail_safe_given_failure": "failing_safely",
    "failing_safely": "failing_safely",
    "violated": "violations",
    "holds": "violations",
    "violated_error": "violations",
    "holds_error": "violations",
    "observed_violated": "violations",
    "observed_violated_error": "violations",
    "violated_given": "violations",
    "violated_given_error": "violations",
    "probability_violated": "violations",
    "change": "violations",
    "change_error": "violations",
    "risk_change": "violations",
    "risk_change_error": "violations",
    "failing_change": "violations",
    "failing_change_error": "violations",
    "all_violated": "violations",
    "all_hold": "violations",
    "both_violated": "pairs",
    "criteria": "criteria",
    "sobol_credence": "sobol_credence",
    "expectations": "expectations",
}


def dumps(document: Mapping[str, Any]) -> str:
    """Strict JSON in ASCII, keys sorted. Raises ValueError for NaN and infinities."""
    return json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"


def part(result: StoryResult, paper: Paper, *, everything: bool = False) -> dict[str, Any]:
    """One story of a run; nothing is left out, whatever `everything` says."""
    if result.answers is None:
        return unanswered_story(
            result.file,
            status=result.status,
            message=result.message,
            exit_code=result.exit_code,
            problems=result.problems,
        )
    return answered_story(
        result.answers,
        exit_code=result.exit_code,
        problems=result.problems,
        turned_off=result.turned_off,
        unclaimed=result.unclaimed,
        judgement=result.judgement,
    )


def whole(parts: Sequence[Mapping[str, Any]], exit_code: int) -> str:
    """All stories of a run in one document."""
    return dumps(run_document(parts, exit_code))


def run_document(stories: Sequence[Mapping[str, Any]], exit_code: int) -> dict[str, Any]:
    """What `sensa run --format json` prints, for stories with and without results."""
    return {"format": RUN_FORMAT, "exit_code": exit_code, "stories": list(stories)}


def unanswered_story(
    file: str, *, status: str, message: str, exit_code: int, problems: Sequence[Problem] = ()
) -> dict[str, Any]:
    """A story without a result, and why; nothing in it looks like a result."""
    return {
        "file": file,
        "status": status,
        "message": message,
        "exit_code": exit_code,
        "problems": [problem_document(problem) for problem in problems],
    }


def answered_story(
    answers: Answers,
    *,
    exit_code: int,
    problems: Sequence[Problem] = (),
    turned_off: int = 0,
    unclaimed: Sequence[str] = (),
    judgement: Judgement | None = None,
) -> dict[str, Any]:
    """A story with its result by the author's names; undefined values are null, with a note."""
    provenance = answers.provenance
    document: dict[str, Any] = {
        "status": "answered",
        "exit_code": exit_code,
        "file": provenance.file,
        "title": provenance.story,
        "digest": provenance.digest,
        "how": next(
            how for how in ("worlds-sampled", "parameters-sampled", "exact") if how in answers.how.values()
        ),
        "left_out": provenance.left_out,
        "further": list(provenance.further),
        "complete": provenance.stopped not in ("interrupted", "seconds"),
        "analyses": {
            name: {"how": how, "note": answers.notes.get(name, "")} for name, how in answers.how.items()
        },
        "engine": {
            "name": provenance.engine,
            "reason": provenance.engine_reason,
            "diagram_nodes": provenance.diagram_nodes,
            "circuit_products": provenance.circuit_products,
            "order": provenance.order,
            "sampled_gates": provenance.sampled_gates,
            "worlds": provenance.worlds,
            "stopped": provenance.stopped,
        },
        **({} if provenance.asked is None else {"asked": asdict(provenance.asked)}),
        "seed": provenance.seed,
        "points": provenance.points,
        "spread_points": provenance.spread_points,
        "replicates": provenance.replicates,
        "parameters": provenance.parameters,
        "intervals": provenance.intervals,
        "unclaimed": list(unclaimed),
        "experts": provenance.experts,
        "versions": dict(provenance.versions),
        "problems": [problem_document(problem) for problem in problems],
        "turned_off": turned_off,
        "judgement": review_json.plain(replace(judgement or Judgement(), seconds=0.0)),  # for the same bytes
        **_results(answers),
    }
    notes = {
        f"{key}_note": answers.notes.get(analysis) or NULL
        for key, analysis in _ANALYSIS.items()
        if key in document and _holds_null(document[key])
    }
    return document | notes


def problem_document(problem: Problem) -> dict[str, Any]:
    """One problem of a story."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "path": problem.path,
        "message": problem.message,
        "fix": problem.fix or "",
    }


def _results(answers: Answers) -> dict[str, Any]:
    document = _endings(answers)
    if answers.carried is not None:
        document["carried_by"] = _carried(answers.carried)
    document |= _causes(answers) | _sets_and_limits(answers)
    if answers.others:
        document["others"] = {name: dict(data) for name, data in answers.others.items()}
    return document


def _endings(answers: Answers) -> dict[str, Any]:
    """How the story ends, and by kind."""
    document: dict[str, Any] = {}
    if answers.outcomes:
        document["phases"] = list(answers.phases)
        document["outcomes"] = {
            name: {"kind": outcome.kind, "by_step": list(outcome.by_step), **_measure(outcome.probability)}
            for name, outcome in answers.outcomes.items()
        }
    if answers.kinds:
        document["kinds"] = {name: _measure(measure) for name, measure in answers.kinds.items()}
    if answers.cumulative:
        document["cumulative"] = {name: list(row) for name, row in answers.cumulative.items()}
    if answers.loss is not None:
        document["loss"] = _measure(answers.loss)
    if answers.failing_safely is not None:
        spread = _measure(answers.failing_safely)
        document["fail_safe_given_failure"] = spread.pop("mean")
        spread["sd_error"] = answers.failing_safely.sd_error
        document["failing_safely"] = spread
    return document


def _carried(carried: Carrying) -> dict[str, Any]:
    return {
        "modes": dict(carried.modes),
        "members": {name: list(events) for name, events in carried.members.items()},
        "events": dict(carried.events),
        "rest": carried.rest,
        "modes_error": dict(carried.modes_error),
        "events_error": dict(carried.events_error),
        "rest_error": carried.rest_error,
    }


def _causes(answers: Answers) -> dict[str, Any]:
    """What moves how it ends: violations, criteria and numbers."""
    document: dict[str, Any] = {}
    if answers.violations is not None:
        document |= _violations(answers.violations)
    if "pairs" in answers.how:
        document["both_violated"] = {name: _plain(others) for name, others in answers.both_violated.items()}
    if "criteria" in answers.how:
        document["criteria"] = {name: _measure(measure) for name, measure in answers.criteria.items()}
    if "sobol_credence" in answers.how:
        document["sobol_credence"] = {
            name: _factor(factor) for name, factor in answers.sobol_credence.items()
        }
        document["pairs_of_numbers"] = [
            {"numbers": list(pair.numbers), "both": pair.both, "together": pair.together}
            for pair in answers.pairs_of_numbers
        ]
    return document


def _sets_and_limits(answers: Answers) -> dict[str, Any]:
    """What goes wrong together, where limits are crossed, and what was expected."""
    document: dict[str, Any] = {}
    if "minimal_sets" in answers.how:
        document["minimal_sets"] = {
            output: {way: _sets(found) for way, found in ways.items()}
            for output, ways in answers.minimal.items()
        }
    if "tipping_points" in answers.how:
        document["tipping_points"] = {"risk": answers.risk, "crossings": [asdict(c) for c in answers.tipping]}
    if "meeting" in answers.how:
        document["meeting"] = [
            {
                "limit": move.limit,
                "properties": list(move.properties),
                "distance": move.distance,
                "credences": {name: {"now": now, "to": to} for name, (now, to) in move.credences.items()},
                "all_hold": move.all_hold,
            }
            for move in answers.meeting
        ]
    if "importance" in answers.how:
        document["importance"] = {
            measure: {
                name: {output: finite(value) for output, value in row.items()} for name, row in table.items()
            }
            for measure, table in answers.importance.items()
        }
    if "expectations" in answers.how:
        document["expectations"] = {name: asdict(e) for name, e in answers.expectations.items()}
    return document


def _measure(measure: Measure) -> dict[str, Any]:
    document: dict[str, Any] = {
        "mean": measure.mean,
        "error": measure.error,
        "sd": measure.sd,
        "quantiles": {f"{level:g}": value for level, value in measure.quantiles.items()},
    }
    if measure.bounds is not None:
        document["interval"] = list(measure.bounds)
    if measure.quantiles_error:
        document["quantiles_error"] = {f"{level:g}": e for level, e in measure.quantiles_error.items()}
    return document


def _violations(violations: Violations) -> dict[str, Any]:
    return {
        "violated": _plain(violations.violated),
        "violated_error": _plain(violations.violated_error),
        "holds": _plain(violations.holds),
        "holds_error": _plain(violations.holds_error),
        "observed_violated": _plain(violations.observed_violated),
        "observed_violated_error": _plain(violations.observed_violated_error),
        "violated_given": _plain(violations.violated_given),
        "violated_given_error": _plain(violations.violated_given_error),
        "probability_violated": dict(violations.probability),
        "change": _plain(violations.change),
        "change_error": _plain(violations.change_error),
        "risk_change": dict(violations.risk_change),
        "risk_change_error": dict(violations.risk_change_error),
        "failing_change": dict(violations.failing_change),
        "failing_change_error": dict(violations.failing_change_error),
        "all_violated": dict(violations.all_violated),
        "all_hold": dict(violations.all_hold),
    }


def _factor(factor: Factor) -> dict[str, Any]:
    return {
        "members": list(factor.members),
        "first": dict(factor.first),
        "total": dict(factor.total),
        "first_error": dict(factor.first_error),
        "total_error": dict(factor.total_error),
        "kind_first": dict(factor.kind_first),
        "kind_total": dict(factor.kind_total),
        "kind_first_error": dict(factor.kind_first_error),
        "kind_total_error": dict(factor.kind_total_error),
        "placeholder": factor.placeholder,
    }


def _sets(found: ViolationSets) -> dict[str, Any]:
    return {
        "count": found.count,
        "sets": [list(members) for members in found.sets],
        "chance": list(found.chance),
        "single": list(found.single),
    }


def finite(value: Number) -> Number | str:
    """An infinity as a word, since JSON has no number for it."""
    return value if value is None or math.isfinite(value) else ("inf" if value > 0 else "-inf")


def _plain(table: Table) -> dict[str, dict[str, Number]]:
    return {name: dict(row) for name, row in table.items()}


def _holds_null(value: Any) -> bool:
    match value:
        case None:
            return True
        case dict():
            return any(map(_holds_null, value.values()))
        case list():
            return any(map(_holds_null, value))
    return False
