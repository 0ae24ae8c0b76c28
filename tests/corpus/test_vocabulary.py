"""The vocabulary: choosing, looking up, saving, loading."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v.corpus.vocabulary import Vocabulary, choose_words
from w2v.errors import CorpusError, FormatError, W2VError


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 10**6)), max_size=30, unique_by=lambda pair: pair[1]),
    st.integers(0, 7),
    st.none() | st.integers(1, 10),
)
@settings(max_examples=300, deadline=None)
def test_choose_words_is_a_sort(pairs, min_count, max_vocab):
    counts, first_seen = (np.array([pair[i] for pair in pairs], np.int64) for i in range(2))
    expected = [i for i, (count, _) in enumerate(pairs) if count and count >= min_count]
    expected.sort(key=lambda i: (-pairs[i][0], pairs[i][1]))
    assert choose_words(counts, first_seen, min_count, max_vocab).tolist() == expected[:max_vocab]


def test_look_up():
    vocab = Vocabulary(["a", "b"], np.array([3, 1]))
    assert vocab.ids == {"a": 0, "b": 1} and len(vocab) == 2 and vocab.n_tokens == 4
    assert "a" in vocab and "c" not in vocab
    assert repr(vocab) == "<Vocabulary: 2 words, 4 tokens>"
    assert 5 in Vocabulary([5, 3], np.array([1, 1]))


def test_save_and_load(tmp_path):
    words = ["the", "König", "王", "don't", "</s>", "a" * 100_000]
    counts = np.array([2**62, 900, 30, 5, 5, 1], np.int64)
    Vocabulary(words, counts).save(tmp_path / "v.txt")
    loaded = Vocabulary.load(tmp_path / "v.txt")
    assert loaded.words == words and loaded.counts.tolist() == counts.tolist()
    assert (tmp_path / "v.txt").read_bytes().startswith("the 4611686018427387904\nKönig 900\n".encode())
    loaded.save(tmp_path / "again.txt")
    assert (tmp_path / "again.txt").read_bytes() == (tmp_path / "v.txt").read_bytes()


def test_integer_keys_are_written_as_text(tmp_path):
    Vocabulary([7, 0], np.array([3, 2])).save(tmp_path / "v.txt")
    assert (tmp_path / "v.txt").read_text() == "7 3\n0 2\n"
    assert Vocabulary.load(tmp_path / "v.txt").words == ["7", "0"]


@pytest.mark.parametrize("word", ["New York", "", "a\nb", "a\u3000b", "x\x85y"])
def test_words_that_the_file_cannot_hold(tmp_path, word):
    with pytest.raises(FormatError, match="white space"):
        Vocabulary(["a", word], np.array([2, 1])).save(tmp_path / "v.txt")
    assert not list(tmp_path.iterdir())


def test_words_that_are_not_unicode(tmp_path):
    with pytest.raises(FormatError, match="not valid Unicode"):
        Vocabulary(["a", "b\udcff"], np.array([2, 1])).save(tmp_path / "v.txt")
    assert not list(tmp_path.iterdir())


def test_loading_sorts_and_passes_over_the_markers_of_other_programs(tmp_path):
    (tmp_path / "v.txt").write_bytes(b"\xef\xbb\xbf</s> 0\r\nrare 1\r\n\r\ncommon\t7\nalso 1\nmid  3 \n")
    vocab = Vocabulary.load(tmp_path / "v.txt")
    assert vocab.words == ["common", "mid", "rare", "also"] and vocab.counts.tolist() == [7, 3, 1, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no words"),
        (b"\n\n", "holds no words"),
        (b"</s> 0\n", "holds no words"),
        (b"a 5\nb\n", "line 2: expected a word and its count"),
        (b"a 5\nb c 3\n", "line 2"),
        (b"a five\n", "line 1"),
        (b"a -5\n", "line 1"),
        (b"a 5.0\n", "line 1"),
        (b"a 99999999999999999999\n", "line 1"),
        (b"a 9223372036854775808\n", "line 1"),
        (b"a 5\nb 4\na 3\n", "line 3: the word 'a' stands there twice"),
        (b"a 5\n\xff 4\n", "line 2: the word .* is not valid utf-8"),
        (b"a 5\nb 4\0\n", "line 2"),
        (bytes(range(256)) * 4, "line 1"),
    ],
)
def test_malformed_files(tmp_path, content, message):
    (tmp_path / "v.txt").write_bytes(content)
    with pytest.raises(FormatError, match=message) as error:
        Vocabulary.load(tmp_path / "v.txt")
    assert str(tmp_path) in str(error.value) and "\n" not in str(error.value)


def test_files_that_cannot_be_opened(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(CorpusError, match="cannot read the vocabulary"):
            Vocabulary.load(path)
    with pytest.raises(W2VError, match="cannot write"):
        Vocabulary(["a"], np.array([1])).save(Path(tmp_path / "missing" / "v.txt"))
