"""Lines of a word and its count: one reader and one writer, for vocabularies and for counts beside vectors."""

import gzip

import numpy as np
import pytest

from w2v.corpus.vocabulary import Vocabulary
from w2v.corpus.word_counts import read_word_counts, write_word_counts
from w2v.errors import FormatError
from w2v.formats.vector_files import read_counts


@pytest.mark.parametrize("name", ["a", "a.gz", "a.bz2", "a.xz"])
def test_what_is_written_is_read(tmp_path, name):
    words, counts = ["the", "été", "</s>"], np.array([2**63 - 1, 5, 0])
    write_word_counts(tmp_path / name, [word.encode() for word in words], counts)
    found = list(read_word_counts(tmp_path / name))
    assert found == [(number, *pair) for number, pair in enumerate(zip(words, counts.tolist(), strict=True), 1)]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", []),
        (b"\xef\xbb\xbfa 1\n\xef\xbb\xbfb 2", [(1, "a", 1), (2, "\ufeffb", 2)]),
        (b"a 1\r\n\r\n b\t2 \r", [(1, "a", 1), (3, "b", 2)]),
        (b"a 1\rb 2\r", [(1, "a", 1), (2, "b", 2)]),
        (b"a 1\na 2\n", [(1, "a", 1), (2, "a", 2)]),
        (b"a 9223372036854775807\n", [(1, "a", 2**63 - 1)]),
    ],
)
def test_lines(tmp_path, data, found):
    for packed in (data, gzip.compress(data)):
        (tmp_path / "a").write_bytes(packed)
        assert list(read_word_counts(tmp_path / "a")) == found


@pytest.mark.parametrize("line", [b"a", b"a b 1", b"a -1", b"a 9223372036854775808", b"a " + b"0" * 20, b"\xff 1"])
def test_both_users_name_the_line(tmp_path, line):
    (tmp_path / "a").write_bytes(b"fine 3\n\n" + line + b"\n")
    sentences = set()
    for read in (Vocabulary.load, read_counts, lambda path: list(read_word_counts(path))):
        with pytest.raises(FormatError, match="line 3: ") as error:
            read(tmp_path / "a")
        sentences.add(str(error.value))
    assert len(sentences) == 1


def test_other_encodings(tmp_path):
    (tmp_path / "a").write_bytes("été 3\n".encode("latin-1"))
    assert list(read_word_counts(tmp_path / "a", "latin-1")) == [(1, "été", 3)]
    assert list(read_word_counts(tmp_path / "a", errors="ignore")) == [(1, "t", 3)]


@pytest.mark.parametrize("read", [Vocabulary.load, read_counts])
def test_a_line_without_end_takes_little_memory(tmp_path, read):
    (tmp_path / "a").write_bytes(gzip.compress(b"a" * (40 << 20), 1))
    with pytest.raises(FormatError, match="line 1 is over"):
        read(tmp_path / "a")


def test_a_vocabulary_may_be_compressed(tmp_path):
    vocab = Vocabulary(["the", "of"], np.array([7, 2]))
    vocab.save(tmp_path / "v.gz")
    assert gzip.decompress((tmp_path / "v.gz").read_bytes()) == b"the 7\nof 2\n"
    assert Vocabulary.load(tmp_path / "v.gz").words == ["the", "of"]
