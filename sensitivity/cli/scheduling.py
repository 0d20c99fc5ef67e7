"""`--scheduler` and `--workers` of `sensa run`: who computes blocks."""

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from sensa.stories.problems import quoted

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sensa.sampling.workers import Workers

LOCAL, PROCESSES = "local", "processes"
ADDRESS = re.compile(r"(tcp|tls)://[^/\s]+:\d{1,5}/?")
Scheduler = Annotated[
    str,
    typer.Option(
        metavar="local|processes|tls://HOST:PORT",
        envvar="SENSA_SCHEDULER",
        help="Who computes the blocks of a portfolio and of sampled worlds: this process, further processes"
        " of this machine, or the workers of a Dask scheduler (tls:// or tcp://). The result is the same.",
    ),
]
WorkerCount = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, help="With `--scheduler processes`, how many; by default one a processor."
    ),
]


def require_scheduler(scheduler: str, workers: int | None) -> None:
    """Raise `typer.BadParameter` for a scheduler that is none."""
    if scheduler not in (LOCAL, PROCESSES) and not ADDRESS.fullmatch(scheduler):
        wanted = "`local`, `processes` or the address of a scheduler, as `tls://host:8786`"
        raise typer.BadParameter(f"expected {wanted}, got {quoted(scheduler)}", param_hint="--scheduler")
    if workers is not None and scheduler != PROCESSES:
        raise typer.BadParameter("is for `--scheduler processes`", param_hint="--workers")


def workers_of(scheduler: str, count: int | None) -> "AbstractContextManager[Workers | None]":
    """The workers; None for this process. Raises `WorkersLost` if a cluster cannot be reached."""
    if scheduler == LOCAL:
        return nullcontext()
    if scheduler == PROCESSES:
        from sensa import processors
        from sensa.distributed.processes import Processes

        return Processes(count or processors.count())
    from sensa.distributed.dask_workers import DaskWorkers

    return DaskWorkers(scheduler)
