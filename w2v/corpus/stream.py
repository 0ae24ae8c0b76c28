"""The encoded stream: word ids in a memory-mapped file, and what stands there beside them."""

import mmap
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BREAK = -1  # ends a sentence


class Tokens(NamedTuple):
    """All tokens of a text, as numbers, before words are chosen."""

    ids: NDArray[np.int32]  # BREAK after each sentence
    words: Sequence[Any]  # what the numbers stand for; those of the count 0 are in no text
    counts: NDArray[np.int64]  # (numbers,), of each in `ids`


def forget_pages(array: object) -> None:
    """Let go of the memory that a memory-mapped array was read into; what is read again comes from the system's cache.
    Without it all of a large file counts as this process's memory in the end. Does nothing for other arrays."""
    mapped = getattr(array, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
