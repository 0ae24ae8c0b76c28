"""The engine: whoever runs tasks on machines. The rest of this room knows these few calls and nothing else of it.

A task is a function of a module that workers can import, and arguments that can be sent to them. It depends on nothing
but its arguments and files, so it may be run again elsewhere at any time, also after it was done.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from w2v import __version__
from w2v.errors import ClusterError, ConfigError

ADDRESSES = (
    "local:N for N processes on this machine, tcp://HOST:8786 or tls://… for a Dask scheduler, the .json file that one "
    "wrote, or ray:ADDRESS for Ray"
)


class Engine(Protocol):
    """Runs tasks."""

    name: str  # with its address, for messages
    dashboard: str | None  # address of a page that shows it at work

    @property
    def n_workers(self) -> int:
        """How many tasks run at a time, as things stand."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Have `function(*arguments)` run, and again when what it returned is lost; returns a handle. Handles among
        the arguments are replaced by what they stand for. Arrays that come so must not be written."""

    def gather(self, handles: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """The results, each with its place among the handles, as they are done. Raises what a task raised;
        `ClusterError` when the cluster is lost."""

    def release(self, handles: Sequence[Any]) -> None:
        """Forget results, and stop what is at work on them."""

    def close(self) -> None:
        """Leave the cluster."""


def run_all(
    engine: Engine, calls: Sequence[tuple[Any, ...]], seen: Callable[[Any], object] = lambda result: None
) -> list[Any]:
    """The results of tasks, in their order. calls: function and arguments of each. seen: told of results as they come.
    Whatever happens, none is left at work."""
    handles: list[Any] = []
    try:
        handles += (engine.submit(*call) for call in calls)
        found: list[Any] = [None] * len(handles)
        for place, result in engine.gather(handles):
            found[place] = result
            seen(result)
        return found
    except ModuleNotFoundError as error:
        raise ClusterError(
            f"a worker of {engine.name} has no {error.name}; install the same w2v on all machines: pip install "
            f"w2v=={__version__}"
        ) from error
    finally:
        engine.release(handles)


class InProcess:
    """Runs each task when it is submitted, in this process: for tests, simulations, and to be read."""

    name, dashboard = "this process", None

    def __init__(self, n_workers: int = 1) -> None:
        self._n_workers = n_workers

    @property
    def n_workers(self) -> int:
        """What it is said to have."""
        return self._n_workers

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The handle is a list with the result in it."""
        return _Done([function(*(one[0] if isinstance(one, _Done) else one for one in arguments))])

    def gather(self, handles: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """All are done."""
        return ((place, handle[0]) for place, handle in enumerate(handles))

    def release(self, handles: Sequence[Any]) -> None:
        """Python counts references."""

    def close(self) -> None:
        """Nothing is held."""


class _Done(list[Any]):
    """A result."""


def connect(address: str) -> Engine:
    """The engine at an address. Raises `ConfigError` for what is no address, `MissingPackageError` without the package,
    `ClusterError` when nobody answers."""
    kind, _, rest = address.partition(":")
    if kind == "ray":
        from w2v.cluster.ray_engine import RayEngine

        return RayEngine(rest)
    if kind in ("tcp", "tls", "ws", "wss", "ucx") or address.endswith(".json"):
        from w2v.cluster.dask_engine import DaskEngine

        return DaskEngine.of_scheduler(address)
    if kind == "local" and rest.isdigit() and int(rest) > 0:
        from w2v.cluster.dask_engine import DaskEngine

        return DaskEngine.of_this_machine(int(rest))
    raise ConfigError(f"--cluster {address!r} is no cluster; give {ADDRESSES}")
