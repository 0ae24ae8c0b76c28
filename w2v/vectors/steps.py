"""Post-processing by name, as the command line takes it: "add-output,center", "all-but-the-top:3,unit-length"."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from w2v.errors import ConfigError
from w2v.vectors import postprocessing as functions
from w2v.vectors.store import VectorStore

Store = TypeVar("Store", bound=VectorStore)

STEPS: dict[str, Callable[..., Any]] = {
    name.replace("_", "-"): getattr(functions, name)
    for name in (
        "add_output", "center", "zipf_center", "all_but_the_top", "pca", "whiten", "zipf_whiten", "unit_length"
    )
}  # fmt: skip


def postprocess(store: Store, steps: str) -> Store:
    """Take steps one after the other, written as above.

    Raises `ConfigError` for a step that is unknown or cannot be taken.
    """
    for run, values in parse_steps(steps):
        store = run(store, *values)
    return store


def parse_steps(steps: str) -> list[tuple[Callable[..., Any], list[float]]]:
    """(function, further arguments) of each step. Raises `ConfigError`: a misspelt one is refused before training."""
    found = []
    for step in filter(None, (step.strip() for step in steps.split(","))):
        name, colon, value = step.partition(":")
        if name not in STEPS:
            raise ConfigError(f"there is no step {name!r}; choose from {', '.join(STEPS)}")
        taken = list(inspect.signature(STEPS[name]).parameters.values())[1:]
        try:
            number = float(value) if colon else 0.0
        except ValueError:
            number = np.nan
        if (colon and not taken) or not np.isfinite(number):
            raise ConfigError(f"{step!r} is no step; write {usage(name)}")
        if not colon and taken and taken[0].default is inspect.Parameter.empty:
            raise ConfigError(f"{name} needs a number; write {usage(name)}")
        found.append((STEPS[name], [number] if colon else []))
    return found


def usage(name: str) -> str:
    """How a step is written: `pca:N`, `add-output[:WEIGHT]`."""
    taken = list(inspect.signature(STEPS[name]).parameters.values())[1:]
    if not taken:
        return name
    value = f":{taken[0].name.upper()}"
    return name + (value if taken[0].default is inspect.Parameter.empty else f"[{value}]")
