"""Programs that start at once, for tests that start dozens: forked from a process that has imported them."""

import os
import runpy
import signal
import sys
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

IMPORTED = [
    "pytest",  # multiprocessing imports the main module of the tests in each process
    "distributed.cli.dask_scheduler",
    "distributed.cli.dask_worker",
    "sensa.cli.run",
    "sensa.distributed.dask_workers",
    "sensa.distributed.processes",
    "sensa.pipeline",
    "sensa.portfolios.running",
    "sensa.reports.portfolio.text",
    "sensa.store",
]
NOWHERE = Path(os.devnull)


def started(
    module: str, *arguments: str, folder: Path, out: Path = NOWHERE, err: Path = NOWHERE
) -> BaseProcess:
    """`python -m MODULE ARGUMENT...` in a folder, from its first line on; signals are as in a new process."""
    forks = get_context("forkserver")
    forks.set_forkserver_preload(IMPORTED)
    begun = forks.Event()
    process = forks.Process(target=_run, args=(begun, module, arguments, folder, out, err))
    process.start()
    assert begun.wait(60), "a process that was forked did not begin"
    return process


def _run(begun: Event, module: str, arguments: tuple[str, ...], folder: Path, out: Path, err: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.chdir(folder)
    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = [module, *arguments]
    begun.set()
    runpy.run_module(module, run_name="__main__", alter_sys=True)
