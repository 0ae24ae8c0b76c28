"""Training as tutorials and common answers write it, run with gensim and here: the same result, or a stated difference.

Vectors of two libraries are never the same, so each snippet asks for what has to be: words, counts, shapes, settings,
what moved and what did not, what is raised."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

from w2v.models import word2vec
from w2v.training.model import Word2Vec
from w2v.vectors.keyed_vectors import KeyedVectors

gensim = pytest.importorskip("gensim")
NAMES = {
    "gensim": {
        "Word2Vec": gensim.models.Word2Vec,
        "KeyedVectors": gensim.models.KeyedVectors,
        "word2vec": gensim.models.word2vec,
    },
    "w2v": {"Word2Vec": Word2Vec, "KeyedVectors": KeyedVectors, "word2vec": word2vec},
}
TEXTS = pytest.importorskip("gensim.test.utils").common_texts
COMMON = "m = Word2Vec(TEXTS, vector_size=10, min_count=1, workers=1)\n"
BUILT = "m = Word2Vec(vector_size=10, min_count=1, sample=0, workers=1)\nm.build_vocab(TEXTS)\n"
TRAIN = "m.train(TEXTS, total_examples=m.corpus_count, epochs=m.epochs)\n"
PATH = "f = str(tmp / 'file')\n"

# What a snippet leaves in `result` is the same under both names.
SAME = {
    "the first lines of every tutorial": COMMON + "result = sorted(m.wv.index_to_key), m.wv['computer'].shape",
    "gensim's class documentation": """
m = Word2Vec(sentences=TEXTS, vector_size=100, window=5, min_count=1, workers=4)
m.save(str(tmp / 'word2vec.model'))
m = Word2Vec.load(str(tmp / 'word2vec.model'))
m.train([["hello", "world"]], total_examples=1, epochs=1)
result = m.wv['computer'].shape, len(m.wv.most_similar('computer', topn=10))
""",
    "what train returns": BUILT + "result = " + TRAIN,
    "what train returns for a text": BUILT
    + "result = m.train([['human', 'user', 'nobody'], ['nobody']], total_examples=2, epochs=3)",
    "step by step": BUILT + TRAIN + "result = m.corpus_count, m.corpus_total_words, m.epochs",
    "iterating over the vocabulary": COMMON
    + "result = sorted((w, int(m.wv.get_vecattr(w, 'count'))) for w in m.wv.key_to_index)",
    "the first words": COMMON + "result = [m.wv.index_to_key[i] for i in range(1)], type(m.wv.index_to_key).__name__",
    "membership": COMMON + "result = 'graph' in m.wv, 'nobody' in m.wv, 'graph' in m.wv.key_to_index",
    "a word that is not there": COMMON
    + """
try:
    m.wv['cameroon']
except KeyError:
    result = "not in the vocabulary"
""",
    "old ways are gone": COMMON
    + """
result = []
for name in ("wv.no_such_thing", "no_such_thing"):
    try:
        eval(f"m.{name}")
    except AttributeError:
        result.append(name)
""",
    "min_count": "m = Word2Vec(TEXTS, min_count=2, workers=1)\nresult = sorted(m.wv.index_to_key)",
    "min_count later": """
m = Word2Vec(vector_size=5)
m.min_count = 3
m.build_vocab(TEXTS)
result = set(m.wv.index_to_key)
""",
    "nothing is left": """
try:
    result = Word2Vec([["only", "once"]])
except RuntimeError as error:
    result = type(error).__mro__[-3:] and "nothing left"
""",
    "a frequency table": """
m = Word2Vec(vector_size=10, min_count=2)
m.build_vocab_from_freq({"minors": 2, "graph": 3, "eps": 1}, corpus_count=7)
result = m.corpus_count, sorted(m.wv.key_to_index)
""",
    "numpy's numbers as settings": """
m = Word2Vec(TEXTS, vector_size=np.int64(8), window=np.int32(3), alpha=np.float32(0.5), min_count=np.int64(1))
result = m.wv.vectors.shape, m.window, m.alpha
""",
    "dtype and layout": COMMON + "result = m.wv.vectors.dtype.name, m.wv.vectors.shape, m.wv.vector_size",
    "syn1neg": COMMON + "result = m.syn1neg.shape, m.syn1neg.dtype.name, hasattr(m, 'syn1')",
    "average of a sentence": COMMON
    + "result = np.mean([m.wv[w] for w in 'human interface nobody'.split() if w in m.wv], axis=0).shape",
    "a matrix for Keras": COMMON
    + """
matrix = np.zeros((len(m.wv) + 1, m.vector_size))
for i, word in enumerate(m.wv.index_to_key):
    matrix[i + 1] = m.wv[word]
result = bool((matrix[1:] == m.wv.vectors).all()), matrix[0].any()
""",
    "a data frame": COMMON + "result = [len(x) for x in zip(m.wv.index_to_key, m.wv.vectors.tolist())][0]",
    "a corpus file": """
(tmp / 'c.txt').write_text(chr(10).join(map(' '.join, TEXTS)) + chr(10))
m = Word2Vec(corpus_file=str(tmp / 'c.txt'), vector_size=5, min_count=1, workers=1)
result = m.corpus_count, m.corpus_total_words, sorted(m.wv.index_to_key)
""",
    "sentences from a class": """
class Sentences:
    def __iter__(self):
        for text in TEXTS:
            yield [word.upper() for word in text]
m = Word2Vec(Sentences(), min_count=1, vector_size=5, workers=1)
result = sorted(m.wv.index_to_key), m.corpus_count
""",
    "numbers as words": """
m = Word2Vec([[1, 2, 3], [3, 2, 9]], min_count=1, vector_size=5, workers=1)
result = sorted(m.wv.index_to_key), m.wv[9].shape
""",
    "further training on new text": COMMON
    + """
n = len(m.wv)
m.build_vocab([["new", "words", "graph"]], update=True)
m.train([["new", "words", "graph"]], total_examples=1, epochs=m.epochs)
result = len(m.wv) - n, m.wv.index_to_key[-2:], int(m.wv.get_vecattr("graph", "count"))
""",
    "further training after loading": COMMON
    + PATH
    + """
m.save(f)
m = Word2Vec.load(f)
m.build_vocab([["new", "words"]], update=True)
m.train([["new", "words"]], total_examples=m.corpus_count, epochs=m.epochs)
result = "new" in m.wv, m.corpus_count, m.epochs
""",
    "epochs by hand": """
m = Word2Vec(vector_size=10, alpha=0.025, min_alpha=0.025, min_count=1, workers=1)
m.build_vocab(TEXTS)
rates = []
for epoch in range(3):
    m.train(TEXTS, total_examples=m.corpus_count, epochs=1)
    m.alpha -= 0.002
    m.min_alpha = m.alpha
    rates.append(round(m.alpha, 6))
result = rates
""",
    "the loss grows": BUILT
    + """
losses = []
class Loss:
    def on_train_begin(self, model): pass
    def on_train_end(self, model): pass
    def on_epoch_begin(self, model): pass
    def on_epoch_end(self, model): losses.append(model.get_latest_training_loss())
m.train(TEXTS, total_examples=m.corpus_count, epochs=4, compute_loss=True, callbacks=[Loss()])
result = len(losses), all(np.diff(losses) > 0)
""",
    "a model saved after each epoch": BUILT
    + """
class Saver:
    epoch = 0
    def on_train_begin(self, model): pass
    def on_train_end(self, model): pass
    def on_epoch_begin(self, model): pass
    def on_epoch_end(self, model):
        model.save(str(tmp / f"epoch{self.epoch}.model"))
        self.epoch += 1
m.train(TEXTS, total_examples=m.corpus_count, epochs=2, callbacks=[Saver()])
last = Word2Vec.load(str(tmp / "epoch1.model"))
result = sorted(p.name for p in tmp.iterdir()), bool(np.allclose(last.wv.vectors, m.wv.vectors))
""",
    "pretrained vectors, the usual way": """
v = KeyedVectors(10)
v.add_vectors(["human", "other"], np.ones((2, 10), "f"))
v.save_word2vec_format(str(tmp / "v.txt"))
m = Word2Vec(vector_size=10, min_count=1, workers=1)
m.build_vocab(TEXTS)
n = len(m.wv)
m.build_vocab([list(v.key_to_index)], update=True)
m.wv.vectors_lockf = np.ones(len(m.wv), dtype=np.float32)
m.wv.intersect_word2vec_format(str(tmp / "v.txt"), binary=False, lockf=0.0)
m.train(TEXTS, total_examples=m.corpus_count, epochs=m.epochs)
result = len(m.wv) - n, m.wv["other"].tolist(), m.wv["human"].tolist()
""",
    "pretrained vectors, word by word": BUILT
    + """
before = m.wv.vectors.copy()
for word in ("human", "graph"):
    m.wv.vectors[m.wv.key_to_index[word]] = np.full(10, 0.5)
m.train(TEXTS, total_examples=m.corpus_count, epochs=1, start_alpha=1e-5, end_alpha=1e-5)
result = bool(np.allclose(m.wv["human"], 0.5, atol=0.01)), bool(np.allclose(m.wv["trees"], 0.5, atol=0.01))
""",
    "some vectors locked": BUILT
    + """
m.wv.vectors_lockf = np.ones(len(m.wv), dtype=np.float32)
m.wv.vectors_lockf[m.wv.key_to_index["graph"]] = 0
before = {w: m.wv[w].copy() for w in m.wv.index_to_key}
m.train(TEXTS, total_examples=m.corpus_count, epochs=2)
result = sorted(w for w in before if (m.wv[w] == before[w]).all())
""",
    "the vectors only": COMMON
    + PATH
    + "m.wv.save(f)\nwv = KeyedVectors.load(f, mmap='r')\nresult = bool((wv.vectors == m.wv.vectors).all()), len(wv)",
    "word2vec format": COMMON
    + PATH
    + """
m.wv.save_word2vec_format(f, binary=True)
wv = KeyedVectors.load_word2vec_format(f, binary=True)
result = bool((wv.vectors == m.wv.vectors).all()), wv.index_to_key == m.wv.index_to_key
""",
    "the model thrown away": COMMON + "wv = m.wv\ndel m\nresult = len(wv.most_similar('graph')), wv.vectors.shape",
    "hierarchical softmax": """
m = Word2Vec(TEXTS, min_count=1, hs=1, negative=0, workers=1)
result = m.hs, m.negative, m.syn1.shape
""",
    "skip-gram": "m = Word2Vec(TEXTS, min_count=1, sg=1)\nresult = m.sg, m.hs, m.negative, m.window, m.epochs",
    "the sum instead of the mean": """
m = Word2Vec(TEXTS, min_count=1, cbow_mean=0)
result = m.cbow_mean, m.vector_size
""",
    "fixed windows": """
m = Word2Vec(TEXTS, min_count=1, shrink_windows=False)
result = m.shrink_windows, len(m.wv)
""",
    "the same seed": """
a, b = (Word2Vec(TEXTS, min_count=1, vector_size=5, seed=3, workers=1) for _ in range(2))
result = bool((a.wv.vectors == b.wv.vectors).all())
""",
    "item2vec": """
baskets = [["milk", "bread"], ["bread", "butter", "milk"], ["beer", "crisps"]] * 20
m = Word2Vec(baskets, window=max(map(len, baskets)), min_count=1, sg=1, sample=0, ns_exponent=-0.5, workers=1)
result = sorted(m.wv.index_to_key), round(m.ns_exponent, 1)
""",
    "node2vec": """
walks = np.random.default_rng(0).integers(0, 9, (50, 6))
m = Word2Vec([list(map(str, walk)) for walk in walks], vector_size=8, window=3, min_count=0, sg=1, workers=1)
result = sorted(m.wv.index_to_key), m.wv.vectors.shape
""",
    "what is likely in a context": COMMON
    + """
p = m.predict_output_word(['human', 'interface'], topn=3)
result = len(p), len(p[0]), m.predict_output_word(['x'])
""",
    "the score of a sentence": """
m = Word2Vec(TEXTS, min_count=1, hs=1, negative=0, workers=1)
scores = m.score([["human", "graph"], ["trees", "user"]], 2)
result = len(scores), bool((np.array(scores) < 0).all())
""",
    "a rule for words": """
def rule(word, count, min_count):
    return 1 if word == "human" else 0
m = Word2Vec(TEXTS, min_count=2, trim_rule=rule)
result = sorted(m.wv.index_to_key)
""",
    "a generator for the vocabulary": """
m = Word2Vec(min_count=1, vector_size=5)
m.build_vocab(text for text in TEXTS)
m.train(TEXTS, total_examples=m.corpus_count, epochs=2)
result = m.corpus_count, len(m.wv)
""",
    "no vocabulary yet": """
try:
    Word2Vec().train(TEXTS, total_examples=9, epochs=1)
except RuntimeError:
    result = "build the vocabulary first"
""",
    "printing": COMMON + "m.alpha = 0.5\nresult = str(m)",
    "attributes of words": COMMON
    + """
m.wv.set_vecattr('graph', 'kind', 7)
result = int(m.wv.get_vecattr('graph', 'kind')), int(m.wv.get_vecattr('user', 'kind'))
""",
    "a second model with the vocabulary of the first": COMMON
    + """
n = Word2Vec(vector_size=10)
n.reset_from(m)
result = n.wv.index_to_key == m.wv.index_to_key, n.wv.vectors.shape
""",
    "the loss set back after each epoch": BUILT
    + """
losses = []
class Loss:
    def on_train_begin(self, model): pass
    def on_train_end(self, model): pass
    def on_epoch_begin(self, model): pass
    def on_epoch_end(self, model):
        losses.append(model.get_latest_training_loss())
        model.running_training_loss = 0.0
m.train(TEXTS, total_examples=m.corpus_count, epochs=4, compute_loss=True, callbacks=[Loss()])
result = len(losses), max(losses) < 2 * min(losses), m.get_latest_training_loss()
""",
    "the time that it took": BUILT + TRAIN + "result = m.total_train_time > 0",
    "all arguments by their places": """
m = Word2Vec(TEXTS, None, 5, 0.025, 5, 1, None, 1e-3, 1, 1, 1e-4, 0, 0, 5, 0.75, 1, hash, 3, 0, None, 1, 10000, False)
result = m.epochs, len(m.wv), m.sorted_vocab, m.hashfxn is hash
""",
    "memory": BUILT + "result = sorted(m.estimate_memory()), sorted(m.estimate_memory(vocab_size=1000))",
    "memory of a tree": "result = sorted(Word2Vec(hs=1, negative=0).estimate_memory(vocab_size=1000))",
    "unit length for good": COMMON
    + """
with __import__("warnings").catch_warnings(action="ignore"):
    m.init_sims(replace=True)
result = np.linalg.norm(m.wv.vectors, axis=1).round(4).tolist()
""",
    "the speed that old tutorials ask for": "result = word2vec.FAST_VERSION > -1, word2vec.MAX_WORDS_IN_BATCH",
    "a note": COMMON + "result = m.add_lifecycle_event('published', where='here')",
    "words of a data frame": """
pd = __import__("pytest").importorskip("pandas")
table = pd.DataFrame({"text": [" ".join(text) for text in TEXTS]})[1:]
table["tokens"] = table["text"].str.split()
m = Word2Vec(table["tokens"], vector_size=5, min_count=1, workers=1)
means = table["tokens"].apply(lambda tokens: np.mean([m.wv[w] for w in tokens if w in m.wv], axis=0))
result = sorted(m.wv.index_to_key), np.vstack(means).shape
""",
    "a mean in a pipeline of scikit-learn": """
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
class Mean(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        m = Word2Vec(X, vector_size=5, min_count=1, workers=1)
        self.vectors = dict(zip(m.wv.index_to_key, m.wv.vectors))
        return self
    def transform(self, X):
        return np.array([np.mean([self.vectors[w] for w in x if w in self.vectors], axis=0) for x in X])
result = make_pipeline(Mean(), LogisticRegression()).fit(TEXTS, [0, 1, 1] * 3).predict(TEXTS).shape
""",
    "two models aligned": """
a, b = (Word2Vec(t, vector_size=5, min_count=1, workers=1) for t in (TEXTS, TEXTS[2:]))
words = sorted(set(a.wv.index_to_key) & set(b.wv.index_to_key))
for m in (a, b):
    m.wv.vectors = np.array([m.wv.vectors[m.wv.key_to_index[w]] for w in words])
    m.wv.key_to_index, m.wv.index_to_key = {w: i for i, w in enumerate(words)}, words
u, _, v = np.linalg.svd(b.wv.vectors.T @ a.wv.vectors)
b.wv.vectors = b.wv.vectors @ (u @ v)
found = [w for w, _ in b.wv.most_similar(words[0], topn=len(words))]
result = b.wv.vectors.shape, sorted(found) == words[1:], len(a.wv)
""",
    "coherence of topics": COMMON
    + """
from gensim.corpora import Dictionary
from gensim.models import CoherenceModel
topics = [["graph", "trees"], ["user", "computer"]]
model = CoherenceModel(
    topics=topics, texts=TEXTS, dictionary=Dictionary(TEXTS), coherence="c_w2v", keyed_vectors=m.wv, processes=1
)
result = bool(np.isfinite(model.get_coherence()))
""",
    "phrases first": """
from gensim.models.phrases import Phraser, Phrases
phrases = Phraser(Phrases(TEXTS * 5, min_count=1, threshold=1))
m = Word2Vec(phrases[TEXTS * 5], vector_size=5, min_count=1, workers=1)
result = sorted(m.wv.index_to_key), m.corpus_count
""",
    "stopped by an error of one's own": BUILT
    + """
class Stop(Exception): pass
class Early:
    n = 0
    def on_train_begin(self, model): pass
    def on_train_end(self, model): pass
    def on_epoch_begin(self, model): pass
    def on_epoch_end(self, model):
        self.n += 1
        if self.n == 2: raise Stop
early = Early()
try:
    m.train(TEXTS, total_examples=m.corpus_count, epochs=9, callbacks=[early])
except Stop:
    result = early.n, bool(np.isfinite(m.wv.vectors).all())
""",
    "a copy": COMMON
    + "import copy\nn = copy.deepcopy(m)\nresult = n.wv is m.wv, bool((n.wv.vectors == m.wv.vectors).all())",
}

# The same, where docs/gensim.md states a difference: what gensim's `result` is, and what ours.
DIFFERENT = {
    "the learning rate of CBOW": ("result = Word2Vec().alpha, Word2Vec(sg=1).alpha", (0.025, 0.025), (0.05, 0.025)),
    "epochs left out": (
        BUILT + "try:\n    m.train(TEXTS)\n    result = m.epochs\nexcept ValueError:\n    result = 'refused'",
        "refused",
        5,
    ),
    "a generator for all epochs": (
        "try:\n    result = len(Word2Vec((t for t in TEXTS), min_count=1).wv)\n"
        "except TypeError:\n    result = 'refused'",
        "refused",
        12,
    ),
    "strings for sentences": (
        "try:\n    result = len(Word2Vec(['human', 'machine'], min_count=1).wv)\n"
        "except OSError:\n    result = 'refused'",
        8,
        "refused",
    ),
    "tuples as words": (
        "try:\n    result = len(Word2Vec([[('a', 1), ('b', 2)]], min_count=1).wv)\n"
        "except TypeError:\n    result = 'refused'",
        2,
        "refused",
    ),
    "a share for learning rates": (
        BUILT + "m.wv.vectors_lockf = np.full(len(m.wv), 0.5, 'f')\n"
        "try:\n    " + TRAIN + "    result = 'trained'\nexcept ValueError:\n    result = 'refused'",
        "trained",
        "refused",
    ),
    "a count for sample": (
        "try:\n    result = Word2Vec(sample=5).sample\nexcept ValueError:\n    result = 'refused'",
        5,
        "refused",
    ),
    "the loss that nobody asked for": (
        BUILT + TRAIN + "result = bool(m.get_latest_training_loss() == 0)",
        True,
        False,
    ),
    "own attributes in a file": (
        COMMON + PATH + "m.note = 'mine'\nm.save(f)\nresult = hasattr(Word2Vec.load(f), 'note')",
        True,
        False,
    ),
    "sentences without a word": (
        "result = Word2Vec([[], *TEXTS, []], vector_size=5, min_count=1).corpus_count",
        11,
        9,
    ),
    "new words for a model that has none": (
        "m = Word2Vec(vector_size=5, min_count=1)\n"
        "try:\n    m.build_vocab(TEXTS, update=True)\n    result = len(m.wv)\n"
        "except RuntimeError:\n    result = 'refused'",
        "refused",
        12,
    ),
    "the words that were left out": (
        "m = Word2Vec(vector_size=5, min_count=2)\nm.build_vocab([['a', 'a', 'b', 'b', 'c']], keep_raw_vocab=True)\n"
        "result = sorted(m.raw_vocab)",
        ["a", "b", "c"],
        [],
    ),
    "vectors of a model's file": (
        COMMON + PATH + "m.save(f)\nresult = hasattr(KeyedVectors.load(f), 'wv')",
        True,
        False,
    ),
    "a matrix without gaps": (
        COMMON + "result = bool(m.wv.vectors.flags['C_CONTIGUOUS'])",
        True,
        False,
    ),
    "the score of a single word": (
        "m = Word2Vec(TEXTS, min_count=1, hs=1, negative=0, workers=1)\n"
        "result = bool(m.score([['graph'], ['x']], 2)[0] == 0)",
        False,
        True,
    ),
    "a long sentence": (
        "m = Word2Vec([['a', 'b'] * 6000], vector_size=4, min_count=1, sample=0, epochs=1, workers=1)\n"
        "result = m.train([['a', 'b'] * 6000], total_examples=1, epochs=1)",
        (10_000, 12_000),
        (12_000, 12_000),
    ),
    "a comment in a file": (
        COMMON + PATH + "m.comment = 'mine'\nm.save(f)\nresult = Word2Vec.load(f).comment",
        "mine",
        None,
    ),
    "a rate that rises": (
        BUILT + "try:\n    m.train(TEXTS, total_examples=9, epochs=1, start_alpha=0.01, end_alpha=0.02)\n"
        "    result = 'trained'\nexcept ValueError:\n    result = 'refused'",
        "trained",
        "refused",
    ),
    "the tree's vectors in place": (
        "m = Word2Vec(TEXTS, min_count=1, hs=1, negative=0, workers=1)\n"
        "try:\n    m.syn1[0] = 1\n    result = 'written'\nexcept ValueError:\n    result = 'refused'",
        "written",
        "refused",
    ),
    "vectors of double precision": (
        BUILT + "m.wv.vectors = np.ones((12, 10))\nm.train(TEXTS, total_examples=9, epochs=1)\n"
        "result = m.wv.vectors.dtype.name",
        "float64",
        "float32",
    ),
    "sentences without a pair": (
        BUILT + "try:\n    result = m.train([['human'], ['graph']], total_examples=2, epochs=1)\n"
        "except ValueError:\n    result = 'refused'",
        (2, 2),
        "refused",
    ),
    "words as common as each other": (
        "m = Word2Vec([list('zyxw')], vector_size=4, min_count=1, workers=1)\n"
        "result = m.wv.index_to_key == list('zyxw')",
        False,
        True,
    ),
    "where vectors start": (
        "m = Word2Vec(vector_size=100, min_count=1)\nm.build_vocab(TEXTS)\n"
        "result = round(float(np.abs(m.wv.vectors).max()), 2)",
        0.01,
        0.1,
    ),
    "a compressed corpus file": (
        """
import gzip
with gzip.open(tmp / 'c.gz', 'wt') as file:
    file.write(chr(10).join(map(' '.join, TEXTS)))
try:
    result = len(Word2Vec(corpus_file=str(tmp / 'c.gz'), min_count=1).wv)
except TypeError:
    result = 'refused'
""",
        "refused",
        12,
    ),
}


def result_of(code, library):
    with tempfile.TemporaryDirectory() as folder:
        names = {**NAMES[library], "TEXTS": TEXTS, "np": np, "tmp": Path(folder)}
        exec(code, names)
        return names["result"]


@pytest.mark.parametrize("name", SAME)
def test_the_same_result(name):
    assert result_of(SAME[name], "w2v") == result_of(SAME[name], "gensim")


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_stated_difference(name):
    code, theirs, ours = DIFFERENT[name]
    assert (result_of(code, "gensim"), result_of(code, "w2v")) == (theirs, ours)
