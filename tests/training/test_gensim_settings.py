"""Models that gensim saved, trained on here."""

import numpy as np
import pytest

from w2v.errors import FormatError
from w2v.training.gensim_settings import native_metadata
from w2v.training.model import Word2Vec
from w2v.vectors.keyed_vectors import KeyedVectors

models = pytest.importorskip("gensim.models")
datapath = pytest.importorskip("gensim.test.utils").datapath
S = [list("abcd"), list("cdef")] * 50
NAMES = (
    "vector_size", "window", "min_count", "sg", "hs", "negative", "alpha", "min_alpha", "epochs", "workers", "sample",
    "cbow_mean", "shrink_windows", "corpus_count", "corpus_total_words", "seed", "ns_exponent", "max_final_vocab",
)  # fmt: skip


@pytest.mark.parametrize("sep_limit", [0, 10 << 20])
@pytest.mark.parametrize("settings", [
    {}, {"sg": 1, "negative": 7, "alpha": 0.03, "window": 3, "epochs": 2, "shrink_windows": False, "ns_exponent": 0.5},
    {"cbow_mean": 0, "sample": 0, "max_final_vocab": 5, "seed": 9},
])  # fmt: skip
def test_training_goes_on_from_gensims_model(tmp_path, settings, sep_limit):
    theirs = models.Word2Vec(S, **{"vector_size": 8, "min_count": 1, "workers": 1, **settings})
    theirs.save(str(tmp_path / "m"), sep_limit=sep_limit)
    ours = Word2Vec.load(tmp_path / "m")
    assert {name: getattr(ours, name) for name in NAMES} == {name: getattr(theirs, name) for name in NAMES}
    np.testing.assert_array_equal(ours.wv.vectors, theirs.wv.vectors)
    np.testing.assert_array_equal(ours.syn1neg, theirs.syn1neg)
    (mine, other) = (model.predict_output_word(["c", "d"], topn=2) for model in (ours, theirs))
    assert [word for word, _ in mine] == [word for word, _ in other]
    assert [p for _, p in mine] == pytest.approx([float(p) for _, p in other], rel=1e-5)
    before = ours.wv.vectors.copy()
    ours.build_vocab([["new", "c"]] * 3, update=True)
    ours.train(S, total_examples=ours.corpus_count, epochs=ours.epochs)
    assert (ours.wv.vectors[: len(before)] != before).any() and ours.wv.get_vecattr("c", "count") == 103
    ours.save(tmp_path / "ours")
    np.testing.assert_array_equal(Word2Vec.load(tmp_path / "ours").wv.vectors, ours.wv.vectors)


@pytest.mark.parametrize(
    "name",
    ["word2vec_old", "word2vec_old_sep", "word2vec_3.3", "word2vec_pre_kv_sep_py2", "old_w2v_models/w2v_2.0.0.mdl"],
)
def test_models_of_older_versions(name):
    model = Word2Vec.load(datapath(name))
    assert model.syn1neg.shape == model.wv.vectors.shape and (model.window, model.epochs, model.negative) == (5, 5, 5)
    word = model.wv.index_to_key[0]
    model.train([[word, model.wv.index_to_key[1]]] * 20, total_examples=20, epochs=1)


def test_vectors_that_were_saved_again_are_a_model_still(tmp_path):
    KeyedVectors.load(datapath("word2vec_old")).save(tmp_path / "m.w2v")
    assert Word2Vec.load(tmp_path / "m.w2v").syn1neg.shape == (12, 100)


def test_what_training_cannot_go_on_from(tmp_path):
    for model in (
        models.Word2Vec(S, hs=1, negative=0, vector_size=4, min_count=1),
        models.Word2Vec(S, hs=1, negative=5, vector_size=4, min_count=1),
        models.Word2Vec(S, vector_size=4, min_count=1).wv,
    ):
        model.save(str(tmp_path / "m"))
        with pytest.raises(AttributeError, match="holds vectors but no training state; load it with KeyedVectors.load"):
            Word2Vec.load(tmp_path / "m")
        assert len(KeyedVectors.load(tmp_path / "m")) == 6
    for wrong in ({"alpha": -1.0}, {"window": 0}, {"epochs": 1.5}, {"sample": 5.0}, {"negative": 5, "workers": -2}):
        with pytest.raises(FormatError, match="f.model: .*its vectors load with KeyedVectors.load"):
            native_metadata("f.model", {"gensim": {"negative": 5, **wrong}}, 4)
