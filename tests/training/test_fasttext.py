"""`FastText`: gensim's signature over `Word2Vec`."""

import inspect

import numpy as np
import pytest

import w2v
from w2v.errors import ConfigError

SENTENCES = [np.random.default_rng(n).choice(["king", "kings", "queen", "queens"], 10).tolist() for n in range(50)]


def test_the_signature_is_gensim_s():
    gensim = pytest.importorskip("gensim.models")
    theirs = list(inspect.signature(gensim.FastText.__init__).parameters)
    assert list(inspect.signature(w2v.FastText.__init__).parameters)[: len(theirs)] == theirs


def test_it_trains_and_composes():
    model = w2v.FastText(SENTENCES, vector_size=8, min_count=1, epochs=1, workers=1, bucket=1000)
    assert (model.config.min_n, model.config.max_n, model.config.bucket) == (3, 6, 1000)
    assert "kingly" in model.wv and model.wv.most_similar("kingly")
    assert w2v.FastText(min_n=3, max_n=2).config.max_n == 0
    with pytest.raises(ConfigError, match="word_ngrams"):
        w2v.FastText(word_ngrams=2)
    with pytest.raises(TypeError, match="keyword"):
        w2v.FastText(colour=2)
