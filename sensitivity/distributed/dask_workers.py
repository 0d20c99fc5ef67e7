"""Workers of a Dask cluster, by the address of its scheduler."""

import asyncio
import logging
import sys
from collections.abc import Collection
from concurrent import futures
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from sensa.distributed.calls import call as called
from sensa.distributed.remote import Call, Remote
from sensa.sampling.workers import WorkersLost

if TYPE_CHECKING:
    from distributed import Future

CONNECT_SECONDS = 10.0
LEAST_CALL_SECONDS = 0.2  # a call costs client and scheduler some 8 ms
MAX_CALLS = 250  # a second: a scheduler takes some thousand, if it has nothing else to do
CLOSE_SECONDS = 1.0
LOGGERS = ("distributed", "distributed.client")  # tracebacks of what we say ourselves, and shorter
CANCELLED = (asyncio.CancelledError, futures.CancelledError)  # of calls whose scheduler is gone
WAIT_SECONDS = 60.0  # for a worker, while there is none
LOOK_SECONDS = 5.0  # between two looks at who is there, while no call ends
EXTRA = "`pip install 'sensa-stories[distributed]'` installs what `--scheduler` needs for a cluster"


class DaskWorkers(Remote):
    """The workers of a cluster. Dask gives a call up after some lost workers; it is then sent again.

    `tls://` addresses take their certificates from Dask's configuration. Raises `WorkersLost` if there is no
    scheduler at the address, or no worker for a minute.
    """

    def __init__(self, address: str) -> None:
        if sys.modules.get("dask", sys) is None:  # as `sensa.__main__` leaves it
            del sys.modules["dask"]
        try:
            from distributed import Client
            from distributed.security import Security
        except ImportError:
            raise WorkersLost(f"Dask is not installed: {EXTRA}") from None
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        if (
            address.startswith("tls://")
            and Security().get_connection_args("client").get("ssl_context") is None
        ):
            raise WorkersLost(f"{address}: no certificates in `distributed.comm.tls` of Dask's configuration")
        try:
            self._client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError, RuntimeError, TypeError) as error:
            raise WorkersLost(f"no scheduler at {address}: {error}") from None
        try:
            self._client.wait_for_workers(1, timeout=WAIT_SECONDS)
        except TimeoutError:
            self._client.close()
            raise WorkersLost(f"the scheduler at {address} has no worker") from None
        self._gone = f"the scheduler at {address} is gone"
        self._deserted = f"the scheduler at {address} has had no worker for {WAIT_SECONDS:.0f} s"
        threads = max(sum(self._client.nthreads().values()), 1)
        super().__init__(most=2 * threads, least_seconds=max(LEAST_CALL_SECONDS, threads / MAX_CALLS))

    def send(self, call: Call) -> "Future":
        """Start a call anew; Dask never takes it for another, nor keeps its result for one."""
        return self._client.submit(called, call.work, call.arguments, self.expected, pure=False)

    def wait(self, sent: "Collection[Future]") -> "Collection[Future]":
        """Wait until some futures are done, as long as there are workers, or new ones come."""
        from distributed import wait

        seen = monotonic()
        while True:
            try:
                with self._client.as_current():
                    done = wait(list(sent), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED").done
            except CANCELLED:
                cancelled = [future for future in sent if future.status in ("cancelled", "lost")]
                if self._client.status == "running" and cancelled:
                    return cancelled
                raise WorkersLost(self._gone) from None
            except TimeoutError:
                seen = monotonic() if self._are_there() else seen
                if monotonic() - seen > WAIT_SECONDS:
                    raise WorkersLost(self._deserted) from None
            except OSError as error:  # what Dask raises if the scheduler is gone
                raise WorkersLost(f"{self._gone}: {error}") from None
            else:
                found: Collection[Future] = done
                return found

    def _are_there(self) -> bool:
        """Whether the scheduler has workers."""
        try:
            return bool(self._client.nthreads())
        except (OSError, ValueError, *CANCELLED) as error:
            raise WorkersLost(f"{self._gone}: {error}") from None

    def is_lost(self, future: "Future") -> bool:
        """Whether its worker, or its result, is gone."""
        from distributed import KilledWorker

        if future.status in ("cancelled", "lost"):
            return True
        return future.status == "error" and isinstance(future.exception(), KilledWorker)

    def recover(self, lost: Collection[Call]) -> bool:
        """Raise `WorkersLost` if there is nobody left to send calls to."""
        if self._client.status not in ("running", "connecting"):
            raise WorkersLost(self._gone)
        return True

    def result(self, done: Call) -> Any:
        """What a call returned; the cluster then forgets it."""
        try:
            found = super().result(done)
        except (OSError, *CANCELLED):
            if done.future.status == "error":  # what the call itself raised
                raise
            raise WorkersLost(self._gone) from None
        done.future.release()
        return found

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Leave the cluster; it forgets our calls."""
        with suppress(OSError, TimeoutError, *CANCELLED):
            self._client.close(CLOSE_SECONDS)
