"""`gensim.models.phrases`."""

from w2v.config import ENGLISH_CONNECTOR_WORDS
from w2v.phrases.phrases import FrozenPhrases, Phraser, Phrases
from w2v.phrases.scoring import npmi_scorer, original_scorer

__all__ = ["ENGLISH_CONNECTOR_WORDS", "FrozenPhrases", "Phraser", "Phrases", "npmi_scorer", "original_scorer"]
