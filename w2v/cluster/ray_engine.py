"""Tasks on a Ray cluster (extra `ray`): https://docs.ray.io. The same tasks, by another engine."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from w2v.errors import ClusterError, ConfigError, W2VError
from w2v.system.extras import optional

_LOST_TIMES = 20  # that a task is run again when its process or machine is gone


class RayEngine:
    """Ray's tasks and object store. Address: `auto`, `HOST:PORT`, `ray://…`, or `local:N` for N processors here."""

    dashboard: str | None = None

    def __init__(self, address: str) -> None:
        ray = optional("ray", "a Ray cluster", "ray")
        self.ray, self.name, self.remote = ray, f"Ray, {address}", dict[Any, Any]()
        kind, _, n_processors = address.partition(":")
        if not address or (kind == "local" and not n_processors.isdigit()):
            raise ConfigError(f"--cluster ray:{address} is no address; give ray:auto, ray:HOST:PORT or ray:local:N")
        settings: dict[str, Any] = {"address": address}
        if kind == "local":  # Ray's processes would give way to all others
            settings = {"num_cpus": int(n_processors), "include_dashboard": False,
                        "_system_config": {"worker_niceness": 0}}  # fmt: skip
        try:
            ray.init(**settings, log_to_driver=False, configure_logging=False)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise ClusterError(f"no Ray cluster answers at {address} ({error}); start one with: ray start") from error

    @property
    def n_workers(self) -> int:
        """A task has a processor of Ray's; start nodes with --num-cpus 1 for one task a machine."""
        return int(self.ray.cluster_resources().get("CPU", 1))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A reference; a task that dies with its process is run again."""
        if function not in self.remote:
            self.remote[function] = self.ray.remote(max_retries=_LOST_TIMES)(function)
        return self.remote[function].remote(*arguments)

    def gather(self, handles: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """As they are done."""
        places, left = {handle: place for place, handle in enumerate(handles)}, list(handles)
        try:
            while left:
                done, left = self.ray.wait(left)
                yield places[done[0]], self.ray.get(done[0])
        except self.ray.exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, W2VError) else error from None
        except self.ray.exceptions.RayError as error:
            raise ClusterError(f"{self.name} lost its work ({error})") from error

    def release(self, handles: Sequence[Any]) -> None:
        """References are counted."""

    def close(self) -> None:
        """Leave."""
        self.ray.shutdown()
