"""Skip-gram: each context word by itself predicts the center (Mikolov et al. 2013a, section 3.2)."""

from typing import Any

from w2v.objectives.model import Model

SKIP_GRAM = 0


class SkipGram(Model):
    """The input rows are the context words' vectors."""

    name, code, title, help = "sg", SKIP_GRAM, "skip-gram", "each context word predicts the center"
    gensim_sg = 1
    block_negatives = (2, 3)
    alphas = {"word2vec": 0.025, "corrected": 0.025}  # word2vec.c's

    def input_rows(self, context: Any, config: Any) -> Any:
        return context
