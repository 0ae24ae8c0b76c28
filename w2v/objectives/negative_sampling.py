"""Negative sampling: the center against words drawn from the noise distribution (Mikolov et al. 2013b, section 2.2)."""

import math
from typing import Any

from w2v.objectives.objective import Objective

NEGATIVE_SAMPLING = 0
HOT_ROWS = 1_000  # at most: more save no time where the processors share a cache
HOT_CHANGES = 32  # in a chunk, for which it is worth it to make a copy and hand it in
FEW_CHUNKS = 32  # of a thread in an epoch: copies would be old for much of it, and small corpora lose accuracy


class NegativeSampling(Objective):
    """Label 1 for the center, 0 for each word drawn."""

    name, code, help = "ns", NEGATIVE_SAMPLING, "negative sampling"
    draws_noise = shares_in_block = True

    def describe(self, config: Any) -> str:
        return f"negative sampling (K = {config.negative}, per {config.negative_sharing})"

    def hot_rows(self, counts: Any, tables: Any, config: Any, n_tokens: int, n_chunks: float) -> tuple[int, Any]:
        from w2v.objectives.sampling import kept_shares, n_first_above, noise_probabilities

        # where words have several rows, outputs are the smaller part of the work, and copies save no time
        if tables.word_rows is not None or n_chunks <= FEW_CHUNKS:
            return 0, ()
        kept = kept_shares(counts, config.sample)
        drawn = config.negative * kept.sum() * noise_probabilities(counts, config.ns_exponent)
        changes = (kept + drawn)[:HOT_ROWS] * n_tokens
        return 0, changes[: n_first_above(changes, HOT_CHANGES)]

    def loss_at_zero(self, n_words: int, tables: Any, config: Any) -> float:
        return (1 + config.negative) * math.log(2)
