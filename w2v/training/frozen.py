"""Input vectors that stay as they are: those that were frozen, and those that gensim's locks are on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError


def locked_words(wv: Any, n_words: int) -> NDArray[np.bool_]:
    """(V,): whose factor in `wv.vectors_lockf` is 0, gensim's factors for the learning rates of words: one for each, or
    one for all. wv: `KeyedVectors`, or None, as long as nobody has asked for it. Raises `ConfigError` for other factors
    than 0 and 1.
    """
    factors = np.asarray(getattr(wv, "vectors_lockf", 1), np.float32)
    if factors.size not in (1, n_words):
        raise ConfigError(f"vectors_lockf: there are {n_words} words and {factors.size} factors; give one for each")
    if not ((factors == 0) | (factors == 1)).all():
        raise ConfigError(
            "vectors_lockf takes 0, which keeps a vector, and 1, which trains it; other factors are not known"
        )
    return np.array(np.broadcast_to(factors.ravel() == 0, (n_words,)))


def marked(ids: Any, n_words: int) -> NDArray[np.bool_] | None:
    """(V,) from ids as JSON has them; None for None. Raises `IndexError`, `TypeError`, `ValueError` for no such ids."""
    if ids is None:
        return None
    found = np.zeros(n_words, np.bool_)
    found[np.array(ids, np.int64)] = True
    return found


def ids_of(marks: NDArray[np.bool_] | None) -> list[int] | None:
    """The way back."""
    return None if marks is None else np.flatnonzero(marks).tolist()
