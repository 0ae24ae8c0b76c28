"""`gensim.models.callbacks`."""

from w2v.training.state import Callback as CallbackAny2Vec

__all__ = ["CallbackAny2Vec"]
