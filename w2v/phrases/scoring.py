"""How strongly the words of a candidate belong together: gensim's two formulas, and any function of the user's."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError

Scorer = Callable[[Any, Any, Any, int, int, int], Any]
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
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.log(pab / (pa * pb)) / -np.log(pab)
    is_scored = (np.asarray(bigram_count) >= min_count) & (pa * pb * pab > 0) & (pab < 1)
    return np.where(is_scored, scores, -math.inf)[()]


SCORERS: dict[str, Scorer] = {"default": original_scorer, "npmi": npmi_scorer}


def check_scorer(scorer: Any) -> None:
    """Raise `ConfigError` for a function that does not take what scorers are given."""
    names = inspect.signature(scorer).parameters if callable(scorer) else {}
    missing = [name for name in _PARAMETERS if name not in names]
    if missing:
        raise ConfigError(f"scoring is {scorer!r}; give 'default', 'npmi', or a function of {', '.join(_PARAMETERS)}")


def scores(
    scorer: Scorer, worda: NDArray[np.int64], wordb: NDArray[np.int64], both: NDArray[np.int64], *totals: int
) -> NDArray[np.float64]:
    """(n,), of candidates by their counts. totals: `len_vocab`, `min_count`, `corpus_word_count`."""
    if scorer in SCORERS.values():
        return np.asarray(scorer(worda, wordb, both, *totals), np.float64).reshape(len(both))
    triples = zip(worda.tolist(), wordb.tolist(), both.tolist(), strict=True)
    return np.array([scorer(*triple, *totals) for triple in triples], np.float64)
