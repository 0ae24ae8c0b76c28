"""A document as the weighted mean of the vectors of its words: the rules, each once.

| weights | a word's weight | divided by |
|---|---|---|
| uniform | 1 | their sum |
| tfidf | `inverse_document_frequencies` | their sum |
| sif | a / (a + p), p the word's share of a corpus | the number of words |

With SIF belongs to take off the common component (Arora, Liang & Ma 2017, algorithm 1).
"""

import numpy as np
from numpy.typing import NDArray

from w2v.documents.lists import Lists, shares, weighted_sums
from w2v.errors import ConfigError

WEIGHTS = ("uniform", "tfidf", "sif")
SIF_A = 1e-3  # Arora, Liang & Ma 2017, section 4.1


def check_weights(weights: str) -> None:
    """Raises `ConfigError` for a rule that there is not."""
    if weights not in WEIGHTS:
        raise ConfigError(f"weights is {weights!r}; choose one of {', '.join(WEIGHTS)}")


def sif_weights(counts: NDArray[np.integer], total: float) -> NDArray[np.float32]:
    """(n,) of words that occur `counts` times among `total`."""
    return (SIF_A / (SIF_A + counts / max(total, 1))).astype(np.float32)


def weighted_means(
    matrix: NDArray[np.floating], lists: Lists, word_weights: NDArray[np.float32], weights: str
) -> NDArray[np.float32]:
    """(n, d): the mean of each document's rows of `matrix` (V, d) by `word_weights` (V,); zeros for an empty one."""
    by = "number" if weights == "sif" else "sum"
    return weighted_sums(matrix, lists, word_weights, shares(lists, word_weights, by))


def common_component(means: NDArray[np.floating]) -> NDArray[np.float32]:
    """(d,) the first right singular vector of means (n, d), of length 1."""
    found = means.astype(np.float64)
    return np.linalg.eigh(found.T @ found)[1][:, -1].astype(np.float32)


def take_off(means: NDArray[np.float32], component: NDArray[np.float32]) -> None:
    """Take the projection on a component (d,) off means (n, d), in place."""
    means -= np.outer(means @ component, component)
