"""CBOW: the context words together predict the center (Mikolov et al. 2013a, section 3.1)."""

from typing import Any

from w2v.objectives.model import Model

CBOW = 1


class Cbow(Model):
    """One input row: the sum or mean of the context words' vectors."""

    name, code, title, help = "cbow", CBOW, "CBOW", "the context predicts the center"
    averages = True
    block_negatives = (2, 0)
    alphas = {"word2vec": 0.05, "corrected": 0.075}  # word2vec.c's, and koan's advice for the corrected update

    def describe(self, config: Any) -> str:
        return f"CBOW ({'mean' if config.cbow_mean else 'sum'}, {config.cbow_update} update)"

    def input_rows(self, context: Any, config: Any) -> Any:
        return context.mean(axis=0, keepdims=True) if config.cbow_mean else context.sum(axis=0, keepdims=True)

    def advice(self, config: Any) -> str:
        return "" if config.cbow_mean else " or use the mean instead of the sum of contexts"
