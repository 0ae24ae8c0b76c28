"""A bar for the steps of a map that take long."""

import sys
from typing import Any

from w2v.system.console import notices


def bar_settings(what: str) -> dict[str, Any]:
    """Of tqdm, for a bar that stands on a terminal and nowhere else."""
    return {"desc": what, "disable": sys.stderr is None or not sys.stderr.isatty(), "file": notices(), "leave": False}


def bar(what: str, total: int) -> Any:
    """A bar over so many words."""
    from tqdm import tqdm

    return tqdm(total=total, unit=" words", unit_scale=True, **bar_settings(what))
