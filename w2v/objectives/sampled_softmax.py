"""Sampled softmax: softmax over the center and words drawn from the noise distribution (Jean et al. 2015)."""

import math
from typing import Any

from w2v.objectives.objective import Objective

SAMPLED_SOFTMAX = 3


class SampledSoftmax(Objective):
    """Probability 1 for the center among itself and the words drawn."""

    name, code, help = "sampled", SAMPLED_SOFTMAX, "softmax over target and K drawn words"
    is_softmax = draws_noise = True

    def describe(self, config: Any) -> str:
        return f"sampled softmax (K = {config.negative}, per {config.negative_sharing.replace('block', 'window')})"

    def loss_at_zero(self, n_words: int, tables: Any, config: Any) -> float:
        return math.log(1 + config.negative)
