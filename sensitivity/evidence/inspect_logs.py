"""Logs of inspect_ai: one JSON file, or an archive (`.eval`) with a header and a summary of each sample."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sensa.evidence.archives import Archive
from sensa.evidence.files import MAX_ARCHIVE_BYTES, opened, text_of
from sensa.evidence.records import Log, Record, day_of, json_of, table, words
from sensa.evidence.refusal import LogError
from sensa.stories.problems import did_you_mean, listed, near, quoted

HEADER, SUMMARIES, JOURNAL = "header.json", "summaries.json", "_journal/start.json"
VERSION = 2


def of_archive(place: Path, scorer: str, key: str) -> Log:
    """The log in an `.eval` file. Raises `LogError`."""
    with opened(place, MAX_ARCHIVE_BYTES) as stream:
        archive = Archive(stream)
        if HEADER not in archive:
            raise LogError("has not ended" if JOURNAL in archive else f"has no `{HEADER}`")
        header = table(json_of(archive.read(HEADER), f"`{HEADER}` in it"), f"`{HEADER}` in it")
        _require_success(header)
        if SUMMARIES not in archive:
            raise LogError(f"has no `{SUMMARIES}`")
        samples = json_of(archive.read(SUMMARIES), f"`{SUMMARIES}` in it")
    return _log(header, samples, scorer, key)


def of_json(place: Path, scorer: str, key: str) -> Log:
    """The log in a `.json` file. Raises `LogError`."""
    header = table(json_of(text_of(place), "the file"), "the file")
    _require_success(header)
    return _log(header, header.get("samples"), scorer, key)


def _require_success(header: dict[str, Any]) -> None:
    """Raise `LogError` for a log that is not of a whole and valid evaluation."""
    if header.get("version") != VERSION or "eval" not in header:
        raise LogError(f"is no log of inspect_ai of version {VERSION}")
    status = header.get("status")
    said = {"cancelled": "was cancelled", "error": "ended in an error", "started": "has not ended"}
    if status != "success":
        raise LogError(said.get(str(status), f"has the status {quoted(status)}, not `success`"))
    if header.get("invalidated"):
        raise LogError("is invalidated")


def _log(header: dict[str, Any], samples: object, scorer: str, key: str) -> Log:
    if not isinstance(samples, list) or not samples:
        raise LogError("has no samples")
    runs = _last_of_each(samples)
    name = _scorer(runs, scorer)
    spec = table(header["eval"], "`eval`")
    revision, version = spec.get("revision") or {}, spec.get("task_version")
    commit = words(table(revision, "`revision`").get("commit"))
    task = words(spec.get("task"))
    return Log(
        tuple(Record(run["id"], _value(run, name, key)) for run in runs),
        task=f"{task} (version {words(version)})" if version not in (None, 0) else task,
        model=words(spec.get("model")),
        revision=f"{commit} (dirty)" if commit and revision.get("dirty") else commit,
        day=day_of(spec.get("created")),
        subset="; ".join(_limits(header, spec, len(runs))),
    )


def _last_of_each(samples: Sequence[object]) -> list[dict[str, Any]]:
    """The last entry of each sample and epoch: earlier ones were retried."""
    found: dict[tuple[str | int, int], dict[str, Any]] = {}
    for index, value in enumerate(samples):
        sample = table(value, f"sample {index + 1}")
        name, epoch = sample.get("id"), sample.get("epoch")
        if not isinstance(name, str | int) or not isinstance(epoch, int):
            raise LogError(f"sample {index + 1} has no `id` and `epoch`")
        if sample.get("invalidation"):
            raise LogError(f"sample {quoted(name)} is invalidated")
        found[name, epoch] = sample
    return list(found.values())


def _scorer(runs: Sequence[dict[str, Any]], scorer: str) -> str:
    """The scorer to count by: the stated one, or the only one."""
    known = sorted({str(name) for run in runs for name in table(run.get("scores") or {}, "`scores`")})
    if not known:
        raise LogError("has no scored sample")
    if scorer in known or (not scorer and len(known) == 1):
        return scorer or known[0]
    if not scorer:
        raise LogError(f"has the scorers {listed(known, 'and')}: name one by `scorer`")
    fix = did_you_mean(near(scorer, known)) or f"it has {listed(known, 'and')}"
    raise LogError(f"has no scorer {quoted(scorer)} ({fix})")


def _value(run: dict[str, Any], scorer: str, key: str) -> object:
    """The score of a sample; None if it has none."""
    score = (run.get("scores") or {}).get(scorer)
    value = table(score, f"the score of sample {quoted(run['id'])}").get("value") if score else None
    if not isinstance(value, dict):
        return value
    if key not in value:
        named = f"no {quoted(key)}, but" if key else "several values; name one by `key`:"
        raise LogError(f"the score of sample {quoted(run['id'])} has {named} {listed(value, 'and')}")
    return value[key]


def _limits(header: dict[str, Any], spec: dict[str, Any], runs: int) -> Iterator[str]:
    """What limits a log to a part of its dataset."""
    config = table(spec.get("config") or {}, "`config`")
    results = table(header.get("results") or {}, "`results`")
    limit = config.get("limit")
    if limit is not None:
        yield f"limit {' to '.join(map(words, limit)) if isinstance(limit, list) else words(limit)}"
    if config.get("sample_id") is not None:
        yield "chosen samples"
    if results.get("early_stopping"):
        yield "stopped early"
    total = results.get("total_samples")
    if isinstance(total, int) and runs < total:
        yield f"{runs} of {total} runs of samples"
