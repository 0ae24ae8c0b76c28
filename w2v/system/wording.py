"""Parts of sentences that many messages have."""

import difflib
import itertools
import os
from pathlib import Path

from w2v.system.remote import PathLike, is_remote

_MOST_LOOKED_AT = 5000  # names of a folder: the comparison of one takes microseconds


def quantity(n: int, noun: str) -> str:
    """`1 epoch`, `2,000 epochs`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def unreadable(path: PathLike, error: OSError) -> str:
    """That a file or folder cannot be read, why, and what to do."""
    return f"cannot read {path}: {error.strerror or error}; {path_advice(path)}"


def path_advice(path: PathLike) -> str:
    """What to do about a path that cannot be read: the names beside it that were probably meant, if there are any."""
    name = Path(os.fspath(path))
    if is_remote(path) or os.path.lexists(name) or not name.name:
        return "check the path"
    try:
        with os.scandir(name.parent) as entries:
            beside = [entry.name for entry in itertools.islice(entries, _MOST_LOOKED_AT) if entry.name[:1] != "."]
    except (OSError, ValueError):
        return "check the path"
    longer = sorted(other for other in beside if other.startswith(f"{name.name}."))
    named = {Path(other).stem: other for other in beside} | {other: other for other in beside}
    near = longer or [named[close] for close in difflib.get_close_matches(name.name, named, cutoff=0.8)]
    return (
        f"did you mean {' or '.join(str(name.with_name(other)) for other in near[:3])}?" if near else "check the path"
    )
