"""Full softmax: the exact probability of the center among all words (Mikolov et al. 2013b, equation 2)."""

import math
import sys
from typing import Any

from w2v.errors import ConfigError
from w2v.objectives.objective import Objective

FULL_SOFTMAX = 2
MAX_WORDS = 20_000


class FullSoftmax(Objective):
    """Probability 1 for the center among all words."""

    name, code, help = "softmax", FULL_SOFTMAX, "all words, exact"
    is_softmax = True
    first_prefetched = sys.maxsize  # the whole matrix is gone through in order

    def describe(self, config: Any) -> str:
        return "full softmax"

    def check_size(self, n_words: int) -> None:
        if n_words > MAX_WORDS:
            raise ConfigError(
                f"full softmax costs time in proportion to the vocabulary, and {n_words:,} words are more than "
                f"{MAX_WORDS:,}; use --loss sampled, ns or hs, or --max-vocab {MAX_WORDS}"
            )

    def capacity(self, n_words: int, tables: Any, config: Any, n_centers: int) -> int:
        return n_words

    def n_outputs(self, n_words: int, config: Any) -> int:
        return n_words

    def loss_at_zero(self, n_words: int, tables: Any, config: Any) -> float:
        return math.log(n_words)
