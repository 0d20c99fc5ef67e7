"""Minimal cut sets as SCRAM counts them (scram-pra.org; this project does not need it)."""

import re
import subprocess
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

MAX_BYTES = 6_000_000_000
HEAD_BYTES = 100_000  # of the report, which goes on to list every set


def sets_by_size(program: str, file: Path, limit: int, seconds: float) -> tuple[list[int], float] | None:
    """The numbers of sets with 0, 1, … `limit` members, and the seconds; None if it needs more of them."""

    begin = _spent()
    command = ["prlimit", f"--as={MAX_BYTES}", "timeout", f"{seconds}"]
    command += [program, "--zbdd", "--probability", "false"]
    command += ["--limit-order", f"{limit}", "--no-indent", "-o", "/dev/stdout", f"{file}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        head = running.stdout.read(HEAD_BYTES).decode(errors="replace")
        running.stdout.close()
        running.terminate()
    found = re.search(r"<sum-of-products [^>]*?>", head)
    if found is None:
        return None
    counts = re.search(r'distribution="([^"]*)"', found[0])
    numbers = [0, *map(int, counts[1].split())] if counts else [0]
    return numbers + [0] * (limit + 1 - len(numbers)), _spent() - begin


def _spent() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
