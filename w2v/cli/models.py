"""Several models on one command line: which arguments are vectors, which are runs of one model, and their names."""

import glob
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from w2v.errors import ConfigError, FormatError, W2VError
from w2v.formats.table import sniff_format
from w2v.vectors.keyed_vectors import KeyedVectors


def load_models(models: dict[str, list[str]]) -> dict[str, list[KeyedVectors]]:
    """The vectors of the runs of each model. Raises `FormatError`."""
    return {name: [KeyedVectors.load(path) for path in runs] for name, runs in models.items()}


def told_apart(arguments: list[str], is_one_model: bool, needed: str) -> tuple[dict[str, list[str]], list[str]]:
    """Models (name → its runs) and other arguments. The first is a model, the others are what is in them; a pattern
    that matches vector files stands for the runs of one model. needed: what else must be there.

    Raises `ConfigError` where nothing is left, and for a model that is named twice.
    """
    groups: list[tuple[str, list[str]]] = []
    files: list[str] = []
    for place, argument in enumerate(arguments):
        matches = runs_of(argument)
        if place == 0 or holds_vectors(matches[0]):
            groups.append((argument, matches))
        else:
            files += matches
    if not files:
        raise ConfigError(f"the following arguments are required: {needed}")
    if is_one_model:
        groups = [(_common_name(path for _, runs in groups for path in runs), [path for _, r in groups for path in r])]
    return dict(zip(_names([name for name, _ in groups]), [runs for _, runs in groups], strict=True)), files


def run_sets(arguments: list[str]) -> dict[str, list[str]]:
    """Models, each a file or a pattern for its runs: name → the files. Raises `ConfigError` for one that is named
    twice."""
    runs = [runs_of(argument) for argument in arguments]
    return dict(zip(_names(arguments), runs, strict=True))


def runs_of(argument: str) -> list[str]:
    """The files that an argument names: a file, or all that match a pattern."""
    return [argument] if os.path.lexists(argument) else sorted(glob.glob(argument)) or [argument]


def holds_vectors(path: str) -> bool:
    """Whether a file holds vectors. Words with one number are labels, not vectors of one dimension."""
    try:
        if not os.path.isfile(path):
            return False
        found = sniff_format(path)
    except (FormatError, W2VError, OSError):
        return False
    if found.has_header:
        return True
    with open(path, "rb") as file:
        return len(file.readline().split()) > 2


def _names(arguments: list[str]) -> list[str]:
    """Short names of models: without folder and suffix, as long as these tell them apart. Raises `ConfigError` for one
    that is named twice."""
    shortenings: tuple[Callable[[str], str], ...] = (lambda name: Path(name).stem, lambda name: Path(name).name, str)
    for shorten in shortenings:
        names = [shorten(argument) for argument in arguments]
        if len(set(names)) == len(names):
            return names
    twice = next(name for name in names if names.count(name) > 1)
    raise ConfigError(f"the model {twice} is named twice; name each once")


def _common_name(paths: Iterator[str]) -> str:
    """What the names of runs begin with: `cbow-1.w2v cbow-2.w2v` are runs of `cbow`."""
    stems = [Path(path).stem for path in paths]
    return os.path.commonprefix(stems).rstrip("-_. ") or "runs"
