"""gensim's module paths: a program in which `gensim` is replaced by `w2v`, and the classes beside gensim's."""

import gzip
import io
import random
import re
import sys

import pytest
from support import python

import w2v
from w2v.corpus import line_sentences, preprocessing

gensim = pytest.importorskip("gensim")
gensim_utils = pytest.importorskip("gensim.utils")
gensim_word2vec = pytest.importorskip("gensim.models.word2vec")

PROGRAM = """
import sys, os
import gensim
import gensim.models
from gensim.models import Word2Vec, KeyedVectors, word2vec, keyedvectors
from gensim.models.word2vec import LineSentence, PathLineSentences, Text8Corpus
from gensim.models.keyedvectors import KeyedVectors, Word2VecKeyedVectors
from gensim.models.callbacks import CallbackAny2Vec
from gensim.utils import simple_preprocess, tokenize, save_as_line_sentence


class Told(CallbackAny2Vec):
    n = 0

    def on_epoch_end(self, model):
        Told.n += 1


docs = ["The king, the queen and 3 castles.", "A queen in a castle; the king!", "the old king ruled the castle"] * 50
save_as_line_sentence([simple_preprocess(doc) for doc in docs], sys.argv[1])
model = Word2Vec(LineSentence(sys.argv[1]), vector_size=10, min_count=1, workers=1, epochs=3, callbacks=[Told()])
print(Told.n, sorted(model.wv.index_to_key), model.corpus_count, model.corpus_total_words)
model.wv.save_word2vec_format(sys.argv[1] + ".txt")
vectors = KeyedVectors.load_word2vec_format(sys.argv[1] + ".txt")
print(len(vectors), isinstance(model.wv, KeyedVectors), gensim.models.Word2Vec is word2vec.Word2Vec is Word2Vec)
print(gensim.models.keyedvectors.KeyedVectors is KeyedVectors is Word2VecKeyedVectors)
print([len(sentence) for sentence in Text8Corpus(sys.argv[1], max_sentence_length=300)])
print(list(gensim.utils.tokenize("Ab 12 c_d é", lower=True)), len(list(PathLineSentences(sys.argv[1]))))
"""


def test_a_program_runs_with_the_name_replaced(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["-c", str(tmp_path / "theirs")])
    exec(PROGRAM, {"__name__": "theirs"})
    theirs = capsys.readouterr().out
    ours = python(re.sub("gensim", "w2v", PROGRAM), tmp_path / "ours").stdout
    assert ours == theirs and ours.count("\n") == 5
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


PHRASES_PROGRAM = """
import sys
from gensim.models import Phrases, Word2Vec
from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS, FrozenPhrases, Phraser, npmi_scorer, original_scorer
from gensim.models.word2vec import Text8Corpus

lines = ["trees of graph minors", "the new york city council of new york", "graph minors and trees in new york"] * 30
with open(sys.argv[1], "w") as file:
    file.write(" ".join(lines))
sentences = Text8Corpus(sys.argv[1], max_sentence_length=20)
phrases = Phrases(sentences, min_count=1, threshold=1, connector_words=ENGLISH_CONNECTOR_WORDS)
new_sentence = ["trees", "graph", "minors", "of", "new", "york", "city"]
print(phrases[new_sentence], len(ENGLISH_CONNECTOR_WORDS))
for sent in phrases[sentences]:
    print(sent)
frozen_phrases = phrases.freeze()
print(frozen_phrases[new_sentence], Phraser is FrozenPhrases)
for name in sorted(phrases.export_phrases()):
    print(name, round(phrases.export_phrases()[name], 6), round(frozen_phrases.phrasegrams[name], 6))
phrases.add_vocab([["hello", "world"], ["meow"]])
print(phrases.vocab["meow"], phrases.corpus_word_count, sorted(phrases.find_phrases(sentences)))
trigrams = Phrases(phrases[sentences], min_count=1, threshold=1)
print(trigrams[phrases[new_sentence]])
print(round(npmi_scorer(4, 5, 3, 99, 1, 50), 9), round(original_scorer(4, 5, 3, 99, 1, 50), 9))
model = Word2Vec(phrases[sentences], min_count=1, vector_size=4, workers=1, epochs=1)
print(sorted(model.wv.index_to_key))
"""


def test_the_tutorial_of_phrases_runs_with_the_name_replaced(tmp_path):
    """As it stands at the head of gensim's module, with a corpus of its own."""
    theirs = python(PHRASES_PROGRAM, tmp_path / "c").stdout
    assert python(re.sub("gensim", "w2v", PHRASES_PROGRAM), tmp_path / "c").stdout == theirs != ""


@pytest.mark.parametrize("name", ["Doc2Vec", "LdaModel", "Nmf", "poincare"])
def test_what_is_not_here_is_said(name):
    with pytest.raises(ImportError, match=f"w2v has no {name}: .* import it from gensim"):
        exec(f"from w2v.models import {name}")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        w2v.models.nothing  # noqa: B018
    assert not hasattr(w2v.models, "nothing") and w2v.utils.simple_preprocess("A bc") == ["bc"]


@pytest.fixture
def texts(tmp_path):
    """Files of lines of many kinds, one of them packed, one of a single line."""
    choose, folder = random.Random(4), tmp_path / "texts"
    folder.mkdir()
    blanks = [" ", "  ", "\t", "\n", "\r\n", "\n\n", "\u3000", "\x0b"]
    text = "".join(choose.choice(["king", "höf", "女王", "a"]) + choose.choice(blanks) for _ in range(9000))
    (folder / "b.txt").write_bytes(text.encode())
    (folder / "a.txt.gz").write_bytes(gzip.compress(text[5000:].encode()))
    (folder / "c").write_bytes(" ".join(choose.choices(["king", "höf", "long" * 50], k=6000)).encode())
    (folder / "empty").write_bytes(b"")
    return folder


@pytest.mark.parametrize("name", ["a.txt.gz", "b.txt", "c", "empty"])
def test_lines_equal_gensims(texts, name):
    for settings in ({}, {"limit": 7}, {"max_sentence_length": 3}, {"max_sentence_length": 1, "limit": 100}):
        ours = line_sentences.LineSentence(str(texts / name), **settings)
        theirs = gensim_word2vec.LineSentence(str(texts / name), **settings)
        assert list(ours) == list(theirs) == list(ours)


def test_a_text_without_lines_equals_gensims(texts):
    for length in (10_000, 7, 1000):
        ours, theirs = (kind.Text8Corpus(str(texts / "c"), length) for kind in (line_sentences, gensim_word2vec))
        assert list(ours) == list(theirs) == list(ours)


def test_a_text_with_lines_has_its_words(texts):
    """gensim's joins two of them where a block of 8,192 bytes ends with a newline."""
    text = (texts / "b.txt").read_text("utf-8")
    assert [word for part in line_sentences.Text8Corpus(texts / "b.txt", 100) for word in part] == text.split()


def test_folders_and_file_objects_equal_gensims(texts):
    for source in (texts, texts / "b.txt"):
        ours, theirs = (
            kind.PathLineSentences(str(source), limit=9) for kind in (line_sentences, gensim_word2vec)
        )  # fmt: skip
        assert list(ours) == list(theirs) == list(ours) and ours.input_files == theirs.input_files
    for opened in (io.StringIO("a b\n\nc d e\n"), io.BytesIO("é b\nc".encode())):
        ours, theirs = (kind.LineSentence(opened, 2) for kind in (line_sentences, gensim_word2vec))
        assert list(ours) == list(theirs) == list(ours) != []


def test_errors_are_of_gensims_kinds(tmp_path):
    (tmp_path / "bad").write_bytes(b"a b \xff\n")
    for kind in (line_sentences, gensim_word2vec):
        with pytest.raises(UnicodeDecodeError):
            list(kind.LineSentence(str(tmp_path / "bad")))
        with pytest.raises(ValueError):
            kind.PathLineSentences(str(tmp_path / "missing"))


@pytest.mark.parametrize(
    "text",
    ["", "The King's 2 crowns, ÉCOLE_bleue _x", "naïve Ünï_code 123abc abc123 ١٢", "Ⅷ ² x² 女王が", "ab\u0301c e\u0301",
     "ONE-two\nthree\tfour" + "x" * 20, b"caf\xc3\xa9 bar", "İstanbul ǅ ß"],
)  # fmt: skip
def test_preprocessing_equals_gensims(text):
    for deacc in (False, True):
        assert preprocessing.simple_preprocess(text, deacc) == gensim_utils.simple_preprocess(text, deacc)
        assert preprocessing.simple_preprocess(text, deacc, 1, 4) == gensim_utils.simple_preprocess(text, deacc, 1, 4)
        for lower in (False, True):
            ours, theirs = (
                list(kind.tokenize(text, deacc=deacc, lower=lower)) for kind in (preprocessing, gensim_utils)
            )
            assert ours == theirs
    for name in ("any2unicode", "any2utf8", "to_utf8"):
        assert getattr(w2v.utils, name)(text) == getattr(gensim_utils, name)(text)
    assert preprocessing.deaccent(text) == gensim_utils.deaccent(text)
    for name in ("RULE_DEFAULT", "RULE_DISCARD", "RULE_KEEP"):
        assert getattr(w2v.utils, name) == getattr(gensim_utils, name)
