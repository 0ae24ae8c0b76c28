"""What a checkpoint of a classifier holds, and what is asked of it before training goes on from it.

It is a container with the strings `format`, `run` (a name for documents and settings) and `state` (JSON), and the
arrays of what is trained. When one is written, and what becomes of the last one, is `w2v.training.checkpoint`'s
business.
"""

import contextlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError, FormatError
from w2v.network.network import Epoch
from w2v.system import stored
from w2v.system.container import read_container, write_container
from w2v.system.files import PathLike
from w2v.training.checkpoint import EACH_TIME, ON_SIGNAL, Checkpoints, check_checkpoint

_FORMAT = "w2v-classifier-checkpoint"
_GO_ON = "the same command with --checkpoint {}"
Array = NDArray[np.float32]


def classifier_checkpoints(path: PathLike, every_epoch: bool) -> Checkpoints:
    """The checkpoints of a training. every_epoch: written after each epoch, not only when training is interrupted."""
    return Checkpoints(path, EACH_TIME if every_epoch else ON_SIGNAL, go_on=_GO_ON)


def write_standing(path: PathLike, run: str, arrays: Mapping[str, Array], state: Mapping[str, Any]) -> None:
    """Write where a training stands. run: names documents and settings. Raises `W2VError`."""
    write_container(path, arrays, {"format": _FORMAT, "run": run, "state": json.dumps(state)})


def read_standing(checkpoints: Checkpoints, run: str) -> "Standing | None":
    """What training goes on from, None without a file. Raises `ConfigError` for the checkpoint of another run,
    `FormatError` for one that is not what was written, naming the one before it if that is whole."""
    path = checkpoints.source
    if not path.exists():
        return None
    check_checkpoint(path, _GO_ON)
    arrays, strings = read_container(path)
    if strings.get("format") != _FORMAT or strings.get("run") != run:
        raise ConfigError(
            f"{path} is there and is no checkpoint of these documents and settings; remove it, or name another with "
            "--checkpoint"
        )
    try:
        state = json.loads(strings["state"])
    except (KeyError, ValueError, RecursionError) as error:
        raise FormatError(f"{path}: the state is missing or damaged; remove it to start again") from error
    checkpoints.is_written = True
    return Standing(path, arrays, state)


class Standing:
    """Where a training stands, as a file has it. It is asked piece by piece, with what each may be; anything else
    raises `FormatError`."""

    def __init__(self, path: PathLike, arrays: Mapping[str, NDArray[Any]], state: Any) -> None:
        self.path, self.arrays = path, dict(arrays)
        with self._reading("its state"):
            self.state = dict(stored.names(state, "it"))

    def array(self, name: str, like: Array, n_columns: int | None = None) -> Array:
        """A float32 array of the shape of `like`, all numbers finite, zero in the columns from `n_columns` on."""
        found = self.arrays.pop(name, None)
        if found is None or found.dtype != np.float32 or found.shape != like.shape:
            self._malformed(f"the array {name} is missing or of another kind or shape")
        if not np.isfinite(found).all() or (n_columns is not None and found[:, n_columns:].any()):
            self._malformed(f"the array {name} holds what no training makes")
        return found

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number within bounds."""
        with self._reading(name):
            return stored.whole(self.state.pop(name), least, most)

    def number(self, name: str) -> float:
        """A finite number of at least 0."""
        with self._reading(name):
            return stored.number(self.state.pop(name))

    def numbers(self, name: str, n: int) -> list[float]:
        """`n` finite numbers."""
        with self._reading(name):
            return [stored.number(value, -math.inf) for value in stored.values(self.state.pop(name), "a list", n)]

    def epochs(self, least: int, most: int) -> list[Epoch]:
        """The epochs that are done, from the first on: `least` to `most` of them."""
        with self._reading("epochs"):
            rows = stored.values(self.state.pop("epochs"), "a list", *range(least, most + 1))
            return [_epoch(number, row) for number, row in enumerate(rows, start=1)]

    def check_all_read(self) -> None:
        """Raise `FormatError` if there is more than was asked for."""
        for name in (*self.arrays, *self.state):
            self._malformed(f"nobody knows what {name[:40]!r} is")

    def check(self, holds: bool, what: str) -> None:
        """Raise `FormatError` with what is said unless it holds."""
        if not holds:
            self._malformed(what)

    @contextlib.contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except KeyError:
            self._malformed(f"it does not say {name}")
        except (ValueError, TypeError) as error:
            self._malformed(f"{name}: {error}")

    def _malformed(self, what: str) -> NoReturn:
        raise FormatError(f"{self.path}: where training stands is malformed ({what}); remove it to start again")


def _epoch(number: int, row: Any) -> Epoch:
    place, loss, accuracy, *validation = stored.values(row, "an epoch", len(Epoch._fields))
    stored.whole(place, number, number)
    if not all(isinstance(value, float) and math.isnan(value) for value in validation):  # nothing was kept back
        validation = [stored.number(validation[0]), stored.number(validation[1], 0.0, 1.0)]
    return Epoch(number, stored.number(loss), stored.number(accuracy, 0.0, 1.0), *validation)
