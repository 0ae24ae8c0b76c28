"""Negative sampling: the center against words drawn from the noise distribution (Mikolov et al. 2013b, section 2.2)."""

import math
from typing import Any

from w2v.objectives.objective import Objective

NEGATIVE_SAMPLING = 0


class NegativeSampling(Objective):
    """Label 1 for the center, 0 for each word drawn."""

    name, code, help = "ns", NEGATIVE_SAMPLING, "negative sampling"
    draws_noise = shares_in_block = True

    def describe(self, config: Any) -> str:
        return f"negative sampling (K = {config.negative}, per {config.negative_sharing})"

    def loss_at_zero(self, n_words: int, tables: Any, config: Any) -> float:
        return (1 + config.negative) * math.log(2)
