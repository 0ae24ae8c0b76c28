"""What a checkpoint of a classifier holds, and what is asked of it before training goes on from it.

It is a container with the strings `format`, `run` (a name for documents and settings) and `state` (JSON), and the
arrays of what is trained. When one is written, and what becomes of the last one, is `w2v.training.checkpoint`'s
business.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError, FormatError
from w2v.network.network import Epoch
from w2v.system.container import read_container, write_container
from w2v.system.files import PathLike
from w2v.training.checkpoint import EACH_TIME, ON_SIGNAL, Checkpoints, check_checkpoint

_FORMAT = "w2v-classifier-checkpoint"
_GO_ON = "the same command with --checkpoint {}"
_LARGEST = 1e300  # what is above is no loss, no time and no count; infinity and numbers that no float holds included
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
        self.state = dict(state) if isinstance(state, dict) else self._malformed("it holds no names")

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
        return self._whole(name, self._value(name), least, most)

    def number(self, name: str) -> float:
        """A finite number of at least 0."""
        return self._number(name, self._value(name), 0.0, math.inf)

    def numbers(self, name: str, n: int) -> list[float]:
        """`n` finite numbers."""
        return [self._number(name, value, -math.inf, math.inf) for value in self._list(name, self._value(name), n)]

    def epochs(self, least: int, most: int) -> list[Epoch]:
        """The epochs that are done, from the first on: `least` to `most` of them."""
        rows = self._value("epochs")
        if not isinstance(rows, list) or not least <= len(rows) <= most:
            self._malformed("its epochs are no list, or more than the run has")
        return [self._epoch(number, row) for number, row in enumerate(rows, start=1)]

    def check_all_read(self) -> None:
        """Raise `FormatError` if there is more than was asked for."""
        for name in (*self.arrays, *self.state):
            self._malformed(f"nobody knows what {name[:40]!r} is")

    def check(self, holds: bool, what: str) -> None:
        """Raise `FormatError` with what is said unless it holds."""
        if not holds:
            self._malformed(what)

    def _epoch(self, number: int, row: Any) -> Epoch:
        place, loss, *rest = self._list("epochs", row, len(Epoch._fields))
        self._whole("epochs", place, number, number)
        accuracy, *validation = rest
        self._number("epochs", loss, 0.0, math.inf)
        self._number("epochs", accuracy, 0.0, 1.0)
        if not all(isinstance(value, float) and math.isnan(value) for value in validation):  # nothing was kept back
            self._number("epochs", validation[0], 0.0, math.inf)
            self._number("epochs", validation[1], 0.0, 1.0)
        return Epoch(number, float(loss), float(accuracy), *map(float, validation))

    def _value(self, name: str) -> Any:
        if name not in self.state:
            self._malformed(f"it does not say {name}")
        return self.state.pop(name)

    def _list(self, name: str, values: Any, n: int) -> list[Any]:
        if not isinstance(values, list) or len(values) != n:
            self._malformed(f"{name} is no list of {n} numbers")
        return values

    def _whole(self, name: str, value: Any, least: int, most: int) -> int:
        if type(value) is not int or not least <= value <= most:
            self._malformed(f"{name} is no whole number from {least} to {most}")
        return value

    def _number(self, name: str, value: Any, least: float, most: float) -> float:
        if type(value) not in (int, float) or abs(value) > _LARGEST or not least <= value <= most:
            self._malformed(f"{name} holds a number that means nothing there")
        return float(value)

    def _malformed(self, what: str) -> NoReturn:
        raise FormatError(f"{self.path}: where training stands is malformed ({what}); remove it to start again")
