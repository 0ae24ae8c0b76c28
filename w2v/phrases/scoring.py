"""How strongly the words of a candidate belong together: gensim's two formulas, and any function of the user's."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError

Scorer = Callable[[Any, Any, Any, int, int, int], Any]
_NEAR = 1e-9
_PARAMETERS = ("worda_count", "wordb_count", "bigram_count", "len_vocab", "min_count", "corpus_word_count")


def original_scorer(
    worda_count: Any, wordb_count: Any, bigram_count: Any, len_vocab: int, min_count: int, corpus_word_count: int
) -> Any:
    """(n_ab − min_count) · len_vocab / (n_a · n_b), of numbers or arrays: Mikolov et al. 2013, section 4, times the
    number of different words and candidates."""
    product = np.multiply(worda_count, wordb_count, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(product == 0, -math.inf, np.subtract(bigram_count, min_count) / product * len_vocab)[()]


def npmi_scorer(
    worda_count: Any, wordb_count: Any, bigram_count: Any, len_vocab: int, min_count: int, corpus_word_count: int
) -> Any:
    """ln(p_ab / (p_a · p_b)) / −ln(p_ab), from −1 to 1: normalised pointwise mutual information (Bouma 2009);
    −infinity for what occurs less than `min_count` times."""
    pa, pb, pab = (np.divide(n, corpus_word_count) for n in (worda_count, wordb_count, bigram_count))
    is_scored = (np.asarray(bigram_count) >= min_count) & (pa * pb * pab > 0) & (pab < 1)
    if not is_scored.ndim:  # NumPy's logarithm may differ in the last bit from Python's, which gensim takes
        return math.log(pab / (pa * pb)) / -math.log(pab) if is_scored else -math.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(is_scored, np.log(pab / (pa * pb)) / -np.log(pab), -math.inf)


SCORERS: dict[str, Scorer] = {"default": original_scorer, "npmi": npmi_scorer}


def check_scorer(scorer: Any) -> None:
    """Raise `ConfigError` for a function that does not take what scorers are given."""
    names = inspect.signature(scorer).parameters if callable(scorer) else {}
    missing = [name for name in _PARAMETERS if name not in names]
    if missing:
        raise ConfigError(f"scoring is {scorer!r}; give 'default', 'npmi', or a function of {', '.join(_PARAMETERS)}")


def scores(scorer: Scorer, counts: NDArray[np.int64], threshold: float, *totals: int) -> NDArray[np.float64]:
    """(n,), of candidates. counts: (3, n), of both words and of the candidate. threshold: scores near it are to the
    last bit what the scorer gives a single candidate. totals: `len_vocab`, `min_count`, `corpus_word_count`."""
    found, one_by_one = np.zeros(counts.shape[1]), np.arange(counts.shape[1])
    if scorer in SCORERS.values():
        found[:] = scorer(*counts, *totals)
        one_by_one = np.flatnonzero(np.abs(found - threshold) < _NEAR)
    found[one_by_one] = [scorer(*triple, *totals) for triple in counts[:, one_by_one].T.tolist()]
    return found
