"""Which tokens are kept, and which words serve as noise: both as integer thresholds for the kernels' 32-bit random
numbers."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_RANGE = 2.0**32


class AliasTable(NamedTuple):
    """Walker's alias table: draw slot `i` uniformly, then take `i` if a 32-bit number is <= `threshold[i]`, else
    `alias[i]`.

    Drawing takes constant time and the probabilities are exact to 2⁻³² / V, unlike word2vec.c's table of 10⁸ cells.
    Source: Walker (1977), built as in Vose (1991).
    """

    threshold: NDArray[np.uint32]  # (V,)
    alias: NDArray[np.int32]  # (V,)


def keep_probabilities(counts: NDArray[np.int64], sample: float) -> NDArray[np.float64]:
    """Probability (V,) that an occurrence of each word is kept, as word2vec.c computes it.

    With f = count / total: min(1, √(sample / f) + sample / f). `sample` = 0 keeps everything.
    Source: word2vec.c; Mikolov et al. (2013b), section 2.3, gives the formula without the second term.
    """
    if sample == 0:
        return np.ones(len(counts))
    ratio = sample * counts.sum() / np.maximum(counts, 1)
    return np.minimum(1.0, np.sqrt(ratio) + ratio)


def kept_shares(counts: NDArray[np.int64], sample: float) -> NDArray[np.float64]:
    """Tokens of each word (V,) that are kept, as shares of all tokens."""
    return keep_probabilities(counts, sample) * counts / max(counts.sum(), 1)


def n_first_above(numbers: NDArray[np.float64], least: float) -> int:
    """How many of the first numbers are all at least so large."""
    return int(np.argmin(np.append(numbers >= least, False)))


def keep_thresholds(counts: NDArray[np.int64], sample: float) -> NDArray[np.uint32]:
    """`keep_probabilities` as thresholds: a token is kept when its 32-bit random number is <= the threshold."""
    return _thresholds(keep_probabilities(counts, sample))


def noise_probabilities(counts: NDArray[np.int64], exponent: float) -> NDArray[np.float64]:
    """Noise distribution (V,): count^exponent, normalised. Source: Mikolov et al. (2013b), section 2.2."""
    weights = np.maximum(counts, 1).astype(np.float64) ** exponent
    return weights / weights.sum()


def alias_table(counts: NDArray[np.int64], exponent: float) -> AliasTable:
    """Alias table of the noise distribution count^`exponent`; the last one is kept, as each slice of a cluster's round
    asks for it again and a million words take seconds. It must not be written."""
    return _alias_table(np.asarray(counts, np.int64).tobytes(), exponent)


@lru_cache(maxsize=1)
def _alias_table(counts: bytes, exponent: float) -> AliasTable:
    scaled = noise_probabilities(np.frombuffer(counts, np.int64), exponent)
    scaled *= len(scaled)
    probability, alias = np.ones(len(scaled)), np.arange(len(scaled), dtype=np.int32)
    small = np.flatnonzero(scaled < 1).tolist()
    large = np.flatnonzero(scaled >= 1).tolist()
    remaining = scaled.tolist()
    while small and large:
        poor, rich = small.pop(), large[-1]
        probability[poor], alias[poor] = remaining[poor], rich
        remaining[rich] -= 1.0 - remaining[poor]
        if remaining[rich] < 1.0:
            small.append(large.pop())
    return AliasTable(_thresholds(probability), alias)


def noise_tables(counts: NDArray[np.int64], exponent: float) -> dict[str, NDArray[Any]]:
    """The same as fields of `kernel.layout.Tables`."""
    table = alias_table(counts, exponent)
    return {"noise_threshold": table.threshold, "noise_alias": table.alias}


def _thresholds(probabilities: NDArray[np.float64]) -> NDArray[np.uint32]:
    return np.clip(np.rint(probabilities * _RANGE) - 1, 0, _RANGE - 1).astype(np.uint32)
