"""Tasks on a Dask cluster (extra `dask`): https://distributed.dask.org."""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

from w2v.errors import ClusterError, W2VError
from w2v.system.extras import optional

_LOST_TIMES = 20  # workers may die under a task before it is given up: machines that are taken away are no fault of it
_SECONDS = 30  # to answer in
# A terminal sends Ctrl-C to all processes; that of the run finishes its round with the others.
_LEAVE_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"


class DaskEngine:
    """A Dask client; a worker is a process with one Dask thread, whose training threads are our own."""

    def __init__(self, client: Any, owned: Any = None) -> None:
        self.client, self.owned = client, owned
        self.dashboard: str | None = client.dashboard_link
        self.name = f"Dask, {client.scheduler.address}"
        with contextlib.suppress(Exception):  # a scheduler that does not let us is none the worse
            client.run_on_scheduler(_allow_failures, _LOST_TIMES)
        self._wait_for_one()

    @classmethod
    def of_scheduler(cls, address: str) -> Self:
        """Join a running cluster, by the address of its scheduler or the file with it."""
        distributed = _distributed()
        where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
        try:
            return cls(distributed.Client(**where, timeout=_SECONDS, name="w2v"))
        except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:  # TypeError: TLS without keys
            raise ClusterError(
                f"no Dask scheduler answers at {address} ({error or 'it took too long'}); start one with: dask "
                "scheduler"
            ) from error

    @classmethod
    def of_this_machine(cls, n_workers: int) -> Self:
        """Start as many processes here; they end with the engine."""
        distributed = _distributed()
        # Blocks are freed after each round: to write them to the disk meanwhile, as Dask would, costs more than memory.
        os.environ.setdefault("DASK_DISTRIBUTED__WORKER__MEMORY__SPILL", "false")
        cluster = distributed.LocalCluster(
            n_workers=n_workers, threads_per_worker=1, processes=True, memory_limit=0, dashboard_address="127.0.0.1:0",
            preload=[_LEAVE_CTRL_C],
        )  # fmt: skip
        return cls(distributed.Client(cluster, timeout=_SECONDS, name="w2v"), cluster)

    def _wait_for_one(self) -> None:
        try:
            self.client.wait_for_workers(1, timeout=_SECONDS)
        except (TimeoutError, OSError) as error:
            self.close()
            raise ClusterError(f"{self.name} has no worker; start one with: dask worker --nthreads 1") from error

    @property
    def n_workers(self) -> int:
        """Those that are there now."""
        return len(self.client.scheduler_info(n_workers=-1)["workers"])

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A future, whose key no other run has."""
        return self.client.submit(function, *arguments, pure=False)

    def gather(self, handles: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """As they are done."""
        from distributed import as_completed
        from distributed.comm.core import CommClosedError

        places = {handle.key: place for place, handle in enumerate(handles)}
        lost: tuple[type[BaseException], ...] = (CommClosedError, TimeoutError, OSError, *_lost_errors())
        try:
            for future in as_completed(list(handles)):
                yield places[future.key], future.result()
        except lost as error:
            if isinstance(error, W2VError):  # what a task said of a file
                raise
            raise ClusterError(f"{self.name} lost its work ({type(error).__name__}: {error})") from error

    def release(self, handles: Sequence[Any]) -> None:
        """Cancel and forget."""
        with contextlib.suppress(Exception):  # of a cluster that is gone nothing is held
            self.client.cancel(list(handles), asynchronous=False)

    def close(self) -> None:
        """Leave; end the processes that were started, without a word about those that take their time."""
        logging.getLogger("distributed.nanny").setLevel(logging.ERROR)
        for one in (self.client, self.owned):
            if one is not None:
                with contextlib.suppress(Exception):
                    one.close(timeout=5)


def _allow_failures(n: int, dask_scheduler: Any = None) -> None:
    dask_scheduler.allowed_failures = max(dask_scheduler.allowed_failures, n)


def _lost_errors() -> tuple[type[BaseException], ...]:
    from distributed import scheduler
    from distributed.client import CancelledError, FutureCancelledError

    return (scheduler.KilledWorker, CancelledError, FutureCancelledError)


def _distributed() -> Any:
    return optional("distributed", "a Dask cluster", "dask")
