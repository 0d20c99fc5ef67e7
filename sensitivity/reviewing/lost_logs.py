"""Logs that were counted at the base of a review and are not any more, so that counts cannot be made up."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sensa.comparing.renames import renamed
from sensa.evidence.agreement import entries
from sensa.stories.counts import is_counted
from sensa.stories.problems import Problem, listed, quoted
from sensa.stories.story import Story


def uncounted(story: Story, base: Story, name: str) -> Iterator[Problem]:
    """A warning for each entry with fewer counted logs than at the base, whatever its counts say now.

    A log that takes the place of another is none: it is compared with the counts, as any log.
    """
    then, now = _logs(base), _logs(story)
    lost = {at: logs for at, logs in then.items() if set(logs) - set(now.get(at, ()))}
    moved = renamed(base.values, story.values) if lost else {}
    for entry, logs in lost.items():
        table, node = moved.get(entry, entry)
        kept = now.get((table, node), [])
        gone = [log for log in dict.fromkeys(logs) if log not in kept]
        if node in getattr(story.document, table) and gone and len(kept) < len(logs):
            were = "were" if len(gone) > 1 else "was"
            message = f"{listed(gone, 'and')} {were} counted for {quoted(entry[1])} at {name}, not any more"
            path = f"{table}.{node}"
            yield Problem("log-dropped", "warning", story.place(path), path, message)


def _logs(story: Story) -> Mapping[tuple[str, str], list[str]]:
    """The logs of each entry that were counted, with their hash."""
    found = defaultdict(list)
    for path, item in entries(story):
        if is_counted(item) and item.sha256:
            found[str(path[0]), str(path[1])].append(item.log)
    return found
