"""Encoding against the slow twin: read all, split lines, split tokens, count, sort."""

import os
import random
import re
import tempfile
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from w2v.config import TextConfig, TrainConfig
from w2v.corpus import encode as corpus_module
from w2v.corpus import fingerprint, raw_ids, sources
from w2v.corpus.encode import encode_corpus
from w2v.corpus.stream import BREAK
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ConfigError, CorpusError, FormatError

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WHITE_SPACE = [" ", "\n", "\n\n", "\t", "\r\n", "\v", "\f", "\x1c", "\x85", "\xa0", "\u3000", "\u2028", " \n "]
WORDS = [
    "a",
    "b",
    "King",
    "king",
    "KING",
    "é",
    "e\u0301",
    "É",
    "'",
    "don't",
    "x-y",
    "--",
    "_",
    "ß",
    "İ",
    "ΑΣ",
    "王",
    "1",
]
TEXT = st.lists(st.sampled_from(WORDS + WHITE_SPACE * 2), max_size=60).map("".join)
PLAIN = TextConfig()


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path, monkeypatch):
    """Encoded corpora go here; whatever the test, nothing may be left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def twin(lines, min_count=1, max_vocab=None):
    """Token lists → (ids, words, counts), the obvious way."""
    counts, first = Counter(), {}
    for line in lines:
        for token in line:
            counts[token] += 1
            first.setdefault(token, len(first))
    words = sorted((w for w in counts if counts[w] >= min_count), key=lambda w: (-counts[w], first[w]))[:max_vocab]
    ids = []
    for line in lines:
        sentence = [words.index(token) for token in line if token in set(words)]
        ids += [*sentence, BREAK] if sentence else []
    return ids, words, [counts[word] for word in words]


def twin_tokens(text, config=PLAIN):
    """Whole text → token lists, the obvious way."""
    text = text.lower() if config.lower else text
    text = unicodedata.normalize("NFC", text) if config.nfc else text
    pattern = r"[^\W_]+(?:['’][^\W_]+)*"
    return [re.findall(pattern, line) if config.tokenize else line.split() for line in text.split("\n")]


def encode(data, path, text=PLAIN, vocab=None, min_count=1, threads=1, **options):
    """(ids, words, counts), the ledger and the fingerprint of a text."""
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    config = TrainConfig(min_count=min_count, threads=threads, **options)
    with encode_corpus([path], text, config, vocab) as encoded:
        ledger, counts = encoded.ledger, encoded.vocab.counts
        assert ledger.n_read == ledger.n_stream + ledger.n_rare + ledger.n_undecodable
        breaks = np.flatnonzero(encoded.ids == BREAK)
        assert ledger.n_stream == len(encoded.ids) - len(breaks)
        assert vocab is not None or ledger.n_stream == counts.sum()
        assert encoded.n_sentences == len(breaks)
        assert encoded.longest_sentence == np.diff(breaks, prepend=-1).max() - 1
        assert encoded.ids.dtype == np.int32
        ids = encoded.ids.tolist()
        return (ids, encoded.vocab.words, counts.tolist()), ledger, encoded.fingerprint


# ---- text


@SLOW
@given(text=TEXT, size=st.integers(1, 40), threads=st.integers(1, 3), min_count=st.integers(1, 3))
def test_encoding_equals_the_twin(tmp_path, text, size, threads, min_count):
    lines = twin_tokens(text)
    expected = twin(lines, min_count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "SEGMENT_BYTES", size)
        if len(expected[1]) < 2:
            with pytest.raises(CorpusError):
                encode(text, tmp_path / "c", threads=threads, min_count=min_count)
            return
        result, ledger, fingerprint = encode(text, tmp_path / "c", threads=threads, min_count=min_count)
    assert result == expected
    assert ledger.n_read == sum(map(len, lines))
    assert fingerprint == encode(text, tmp_path / "c", threads=1, min_count=min_count)[2]


@SLOW
@given(text=TEXT, lower=st.booleans(), nfc=st.booleans(), tokenize=st.booleans(), size=st.integers(1, 40))
def test_unicode_work_per_string_equals_that_on_the_whole_text(tmp_path, text, lower, nfc, tokenize, size):
    config = TextConfig(lower=lower, nfc=nfc, tokenize=tokenize)
    lines = twin_tokens(text + "\nzz yy", config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "SEGMENT_BYTES", size)
        result, ledger, _ = encode(text + "\nzz yy", tmp_path / "c", config, threads=2)
    assert result == twin(lines)
    assert ledger.n_read == sum(map(len, lines))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252", "shift_jis", "gb18030", "utf-7", "cp037"])
@SLOW
@given(text=TEXT, size=st.integers(1, 40))
def test_encodings_equal_the_twin(tmp_path, encoding, text, size):
    text = (text + "\nzz yy").encode(encoding, "ignore").decode(encoding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "SEGMENT_BYTES", size)
        result, _, _ = encode(text.encode(encoding), tmp_path / "c", TextConfig(encoding=encoding))
    assert result == twin(twin_tokens(text))


def test_order_is_count_then_first_appearance(tmp_path):
    (ids, words, counts), _, _ = encode("late b a b a rare\n\nking King KING c", tmp_path / "c")
    assert words == ["b", "a", "late", "rare", "king", "King", "KING", "c"]
    assert counts == [2, 2, 1, 1, 1, 1, 1, 1]
    (_, words, counts), _, _ = encode("x x King y y king", tmp_path / "c", TextConfig(lower=True))
    assert words == ["x", "king", "y"]  # King, its first spelling, was seen before y


def test_first_appearance_inside_one_string(tmp_path):
    """`c` and `d` of one white-space run come before `b`, though the string that holds them is numbered later."""
    (_, words, _), _, _ = encode("a d\xa0c b c\xa0b", tmp_path / "c", TextConfig())
    assert words == ["c", "b", "a", "d"]


def test_a_token_of_a_special_string_is_the_plain_token(tmp_path):
    (ids, words, counts), _, _ = encode("king, queen\xa0king king", tmp_path / "c", TextConfig(tokenize=True))
    assert (words, counts, ids) == (["king", "queen"], [3, 1], [0, 1, 0, 0, BREAK])
    (ids, words, counts), _, _ = encode("queen\xa0king king", tmp_path / "c")
    assert (words, counts, ids) == (["king", "queen"], [2, 1], [1, 0, 0, BREAK])


def test_latin_1_bytes_that_look_like_the_utf_8_of_another_token(tmp_path):
    text = "Ã© é Ã© x é é"  # in latin-1 the first has the bytes of the second in UTF-8
    (_, words, counts), _, _ = encode(text.encode("latin-1"), tmp_path / "c", TextConfig(encoding="latin-1"))
    assert (words, counts) == (["é", "Ã©", "x"], [3, 2, 1])


def test_punctuation_is_not_a_token(tmp_path):
    _, ledger, _ = encode("a -- b ,\n... _ a", tmp_path / "c", TextConfig(tokenize=True))
    assert ledger.n_read == 3 and ledger.n_undecodable == 0


def test_large_tables(tmp_path):
    """More than 32,768 distinct words and more than 1 MB of them, over 1 to 3 threads and several segments."""
    generator = random.Random(5)
    words = [f"{'é' if n % 7 == 0 else ''}{n:x}{'x' * (n % 40)}" for n in range(60_000)]
    lines = [generator.choices(words, k=50) for _ in range(4000)]
    text = "\n".join(map(" ".join, lines))
    counts = Counter(token for line in lines for token in line)
    order = sorted((w for w in counts if counts[w] >= 3), key=lambda w: -counts[w])  # a Counter keeps first appearance
    number = {word: n for n, word in enumerate(order)}  # the quadratic twin is for small texts
    ids = []
    for line in lines:
        sentence = [number[token] for token in line if token in number]
        ids += [*sentence, BREAK] if sentence else []
    fingerprints = set()
    for threads, size in ((1, 1 << 22), (2, 100_000), (3, 5_000)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sources, "SEGMENT_BYTES", size)
            result, _, fingerprint = encode(text, tmp_path / "c", threads=threads, min_count=3)
        assert result == (ids, order, [counts[word] for word in order])
        fingerprints.add(fingerprint)
    assert len(fingerprints) == 1


def test_threads_that_overtake_each_other_leave_the_order_alone(tmp_path, monkeypatch):
    """A thread takes the first segment that waits, which is another's when that one is slow to start."""

    def overtaking(work, items, n_threads):
        segments = list(items)
        for first in range(0, len(segments), 2):
            yield from [work(segment) for segment in reversed(segments[first : first + 2])][::-1]

    text = "\n".join(f"a{n} b{n} c" for n in range(100)) + "\n" + "x " * 20
    expected = encode(text, tmp_path / "c")
    monkeypatch.setattr(sources, "SEGMENT_BYTES", 100)
    monkeypatch.setattr(raw_ids, "ordered_map", overtaking)
    assert encode(text, tmp_path / "c") == expected


def test_one_line_and_one_token_of_ten_megabytes(tmp_path):
    (ids, words, _), _, _ = encode("a b c d e\t" * 1_000_000, tmp_path / "c", threads=2)
    assert ids == [*range(5)] * 1_000_000 + [BREAK] and words == [*"abcde"]
    result, _, _ = encode("a " + "x" * 10_000_000 + " b", tmp_path / "c", threads=2)
    assert result == ([0, 1, 2, BREAK], ["a", "x" * 10_000_000, "b"], [1, 1, 1])


def test_one_string_of_many_tokens_beside_many_strings(tmp_path):
    """Room for new ids is counted: 100,000 times the longest string's 300,000 tokens would not fit in memory."""
    text = "a\u3000" * 300_000 + " " + "b " * 100_000
    (ids, _, _), _, _ = encode(text, tmp_path / "c")
    assert ids == [0] * 300_000 + [1] * 100_000 + [BREAK]


def test_fingerprint_tells_corpora_apart(tmp_path):
    marks = {encode(text, tmp_path / "c")[2] for text in ("a b", "a c", "a b\na", "a b a", "a b a b")}
    assert len(marks) == 5


def test_fingerprint_over_several_leaves(tmp_path):
    """An odd number of ids, one more or less than a leaf, and a change in the first and the last place."""
    leaf = fingerprint.LEAF
    texts = ["a b " * (leaf // 2), "a b " * (leaf // 2 - 1) + "a", "b " + "a b " * leaf, "a b " * leaf + "a"]
    texts += [texts[-1][:-1] + "b", "b a" + texts[-1][3:]]
    marks = {encode(text, tmp_path / "c")[2] for text in texts}
    assert len(marks) == len(texts)
    assert encode(texts[2], tmp_path / "c", threads=3)[2] in marks


def test_several_files_end_their_sentences(tmp_path):
    (tmp_path / "1").write_text("a b")
    (tmp_path / "2").write_text("")
    (tmp_path / "3").write_text("b c")
    config = TrainConfig(min_count=1, threads=2)
    with encode_corpus([tmp_path / "1", tmp_path / "2", str(tmp_path / "3")], PLAIN, config) as encoded:
        assert encoded.ids.tolist() == [1, 0, BREAK, 0, 2, BREAK]


def test_report_adds_up_to_the_bytes(tmp_path):
    (tmp_path / "c").write_text("a b c\n" * 1000)
    seen = []
    encode_corpus([tmp_path / "c"], PLAIN, TrainConfig(threads=2), report=seen.append).close()
    assert sum(seen) == 6001


# ---- undecodable bytes

BAD = b"a b\xff b\xe2\x82 a\xc2\xa0c\xff\xfe b\n\xff a b d"  # 4 tokens that cannot be decoded, of 5 bytes and letters


@pytest.mark.parametrize(
    ("errors", "lines", "undecodable"),
    [
        ("skip", ["a a b", "a b d"], 4),
        ("replace", ["a b\ufffd b\ufffd a c\ufffd\ufffd b", "\ufffd a b d"], 0),
        ("ignore", ["a b b a c b", "a b d"], 1),
    ],
)
def test_undecodable_tokens(tmp_path, errors, lines, undecodable):
    result, ledger, _ = encode(BAD, tmp_path / "c", TextConfig(errors=errors))
    lines = [line.split() for line in lines]
    assert result == twin(lines)
    assert ledger.n_undecodable == undecodable
    assert ledger.n_undecodable_bytes == 6
    assert ledger.n_read == sum(map(len, lines)) + undecodable


@SLOW
@given(st.lists(st.sampled_from([b" ", b"\n", b"a", b"b", b"\xc3", b"\xa9", b"\xff", b"\xf0\x9f", "é".encode()]),
                max_size=50).map(b"".join), st.sampled_from(["skip", "replace", "ignore"]))  # fmt: skip
def test_undecodable_fuzz(tmp_path, data, errors):
    data += b"\nzz yy"
    policy = {"skip": "surrogateescape"}.get(errors, errors)
    lines = [line.split() for line in data.decode("utf-8", policy).split("\n")]
    n_all = len(data.decode("utf-8", "surrogateescape").split())
    if errors == "skip":
        lines = [[token for token in line if token.isprintable()] for line in lines]
    result, ledger, _ = encode(data, tmp_path / "c", TextConfig(errors=errors))
    assert result == twin(lines)
    assert ledger.n_undecodable == n_all - sum(map(len, lines))
    escaped = data.decode("utf-8", "surrogateescape")
    assert ledger.n_undecodable_bytes == sum("\udc80" <= character <= "\udcff" for character in escaped)


def test_undecodable_counts_add_up_with_rare_words(tmp_path):
    _, ledger, _ = encode(BAD * 2, tmp_path / "c", min_count=4)
    assert ledger == corpus_module.TokenLedger(19, 2, 8, 12)


@pytest.mark.parametrize("extends", [False, True])
@pytest.mark.parametrize(
    ("encoding", "text"), [("utf-8", b"a b \xff\xfe a b\n"), ("latin-1", "é a b é a b\n".encode("latin-1"))]
)
def test_undecodable_and_foreign_bytes_beside_a_given_vocabulary(tmp_path, encoding, text, extends):
    """As when a run is resumed: the words of the corpus are looked up, and not all of its strings are UTF-8."""
    config = TextConfig(encoding=encoding)
    (tmp_path / "c").write_bytes(text)
    with encode_corpus([tmp_path / "c"], config, TrainConfig(min_count=1)) as first:
        vocab, ids, ledger = first.vocab, first.ids.tolist(), first.ledger
    with encode_corpus([tmp_path / "c"], config, TrainConfig(min_count=1), vocab, extends=extends) as again:
        assert again.ids.tolist() == ids and again.ledger == ledger and again.vocab.words == vocab.words


def test_undecodable_utf_16(tmp_path):
    data = "a b ".encode("utf-16-le") + b"\x00\xd8" + " b \ufffd a".encode("utf-16-le") + b"!"
    (_, words, counts), ledger, _ = encode(data, tmp_path / "c", TextConfig(encoding="utf-16-le"))
    assert (words, counts) == (["b", "a", "\ufffd"], [2, 1, 1])  # the last a has half a unit at its end
    assert (ledger.n_undecodable, ledger.n_undecodable_bytes) == (2, 3)


def test_strict_names_the_first_undecodable_token(tmp_path):
    (tmp_path / "1").write_text("fine text\n")
    (tmp_path / "2").write_bytes(b"\xef\xbb\xbfmore text k\xf6nig and b\xe9 b\xe9")
    with pytest.raises(CorpusError, match=r"2, byte 13: b'k\\xf6nig' cannot be decoded as utf-8; .*--encoding"):
        encode_corpus([tmp_path / "1", tmp_path / "2"], TextConfig(errors="strict"), TrainConfig(min_count=1))
    (tmp_path / "2").write_bytes("a b".encode("utf-16") + b"!")
    with pytest.raises(CorpusError, match="cannot be decoded as utf-16"):
        encode_corpus([tmp_path / "2"], TextConfig(errors="strict", encoding="utf-16"), TrainConfig(min_count=1))


# ---- Python


def encode_python(sentences, **options):
    config = TrainConfig(**{"min_count": 1, "threads": 1, **options})
    with encode_corpus(sentences, PLAIN, config) as encoded:
        assert encoded.ledger.n_read == encoded.ledger.n_stream + encoded.ledger.n_rare
        return encoded.ids.tolist(), encoded.vocab.words, encoded.vocab.counts.tolist()


SENTENCES = [["b", "a"], [], ["a", "b c", "b"], ["rare"], ["b"]]


@pytest.mark.parametrize(
    "kind",
    [
        list,
        tuple,
        iter,
        lambda s: (line for line in s),
        lambda s: [tuple(line) for line in s],
        lambda s: [iter(line) for line in s],
        lambda s: [np.array(line, dtype=str) for line in s],
        lambda s: [[np.str_(word) for word in line] for line in s],
    ],
)
def test_sentences_of_any_kind(kind):
    for min_count in (1, 2):
        ids, words, counts = encode_python(kind(SENTENCES), min_count=min_count)
        assert (ids, words, counts) == twin(SENTENCES, min_count)
        assert all(type(word) is str for word in words)


def test_report_counts_the_sentences():
    for n in (1, 1024, 5000):
        reported = []
        with encode_corpus(iter([["a", "b"]] * n), PLAIN, TrainConfig(min_count=1), report=reported.append):
            assert sum(reported) == n and max(reported) <= 1024


def test_batches(monkeypatch):
    monkeypatch.setattr(raw_ids, "_BATCH", 3)
    generator = random.Random(1)
    sentences = [[f"w{generator.randrange(9)}" for _ in range(generator.randrange(6))] for _ in range(60)]
    assert encode_python(sentences, min_count=2) == twin(sentences, 2)


@pytest.mark.parametrize(
    "kind",
    [
        np.asarray,
        lambda a: a.astype(np.uint8),
        list,
        lambda a: a.tolist(),
        lambda a: [list(row) for row in a],
        lambda a: iter(a),
    ],
)
def test_integer_ids_stay_integers(kind):
    ids = np.random.default_rng(0).integers(0, 12, (40, 7))
    result = encode_python(kind(ids), min_count=20)
    assert result == twin(ids.tolist(), 20)
    assert all(type(word) is int for word in result[1])


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ([["a", "b"], ["a", 1]], "int, str"),
        ([["a", "b"], "king queen"], "sentence 2 is a str.*split"),
        ([[b"a", b"b"]], "bytes"),
        ([b"king queen"], "sentence 1 is bytes"),
        ([[1.5, 2.5]], "float"),
        ([[True, False]], "bool"),
        ([[None, "a"]], "NoneType"),
        ([["a", ["b"]]], "sentence 1 is not a sequence of str or int"),
        ([5, 6], "sentence 1 is not a sequence"),
        (np.arange(5), "sentence 1 is not a sequence"),
        ([], "the corpus is empty"),
        ([[], []], "the corpus is empty"),
        (iter(()), "the corpus is empty"),
        ((line for line in ["a b", "c"]), "sentence 1 is a str"),
    ],
)
def test_what_is_no_corpus(sentences, message):
    with pytest.raises(CorpusError, match=message) as error:
        encode_python(sentences)
    assert "\n" not in str(error.value)


def test_lower_and_nfc_of_python_tokens():
    sentences = [["King", "x", "x", "e\u0301"], ["king", "é", "King"]]
    with encode_corpus(sentences, TextConfig(lower=True, nfc=True), TrainConfig(min_count=1)) as encoded:
        assert encoded.vocab.words == ["king", "x", "é"] and encoded.vocab.counts.tolist() == [3, 2, 2]
        assert encoded.ids.tolist() == [0, 1, 1, 2, BREAK, 0, 2, 0, BREAK]


def test_an_error_in_the_callers_iterator_comes_through(temporary_folder):
    def broken():
        yield ["a", "b"]
        raise RuntimeError("database gone")

    with pytest.raises(RuntimeError, match="database gone"):
        encode_python(broken())
    assert list(temporary_folder.iterdir()) == []


@pytest.mark.parametrize("fail", ["choose_vocabulary", "_write_ids", "read_text"])
def test_nothing_is_left_after_an_error(tmp_path, temporary_folder, monkeypatch, fail):
    def broken(*arguments):
        raise RuntimeError("broken")

    monkeypatch.setattr(corpus_module, fail, broken)
    (tmp_path / "c").write_text("a b")
    with pytest.raises(RuntimeError) as caught:
        encode_corpus([tmp_path / "c"], PLAIN, TrainConfig(min_count=1))
    assert list(temporary_folder.iterdir()) == [] and caught  # the frames are still alive here


def test_the_file_has_no_name_and_is_gone_when_it_is_closed(tmp_path, temporary_folder):
    """So nobody can cut it while it is mapped, which would end the process, and a killed one leaves nothing."""
    encoded = encode_corpus([["a", "b"]], PLAIN, TrainConfig(min_count=1), folder=tmp_path)
    assert os.listdir(tmp_path) == ["temporary"] and list(temporary_folder.iterdir()) == []
    assert isinstance(encoded.ids, np.memmap) and encoded.ids.tolist() == [0, 1, -1]
    assert n_open_below(tmp_path) == 1
    encoded.close()
    encoded.close()
    assert encoded.ids.tolist() == [0, 1, -1], "as long as someone looks at it"
    del encoded
    assert n_open_below(tmp_path) == 0


def n_open_below(folder):
    """Files without a name there, open or mapped by this process."""
    with open("/proc/self/maps") as maps:
        return sum(str(folder) in line and "(deleted)" in line for line in maps)


def test_no_place_to_write(tmp_path):
    with pytest.raises(CorpusError, match="cannot write the encoded corpus.*missing.*another"):
        encode_corpus([["a", "b"]], PLAIN, TrainConfig(min_count=1), folder=tmp_path / "missing")


# ---- vocabulary


def test_min_count_and_max_vocab(tmp_path):
    text = "d d d c c c b b a\ne a b"
    for min_count in (0, 1, 2, 3):
        for max_vocab in (None, 2, 3, 99):
            result, ledger, _ = encode(text, tmp_path / "c", min_count=min_count, max_vocab=max_vocab)
            assert result == twin(twin_tokens(text), min_count, max_vocab)
            assert ledger.n_rare == 12 - sum(result[2])


def test_given_vocabulary(tmp_path):
    vocab = Vocabulary(["b", "é", "missing", "x"], np.array([9, 5, 4, 1]))
    text = "a b é a x\na a\ne\xa0b"
    (ids, words, counts), ledger, _ = encode(text, tmp_path / "c", vocab=vocab)
    assert (ids, words, counts) == ([0, 1, 3, BREAK, 0, BREAK], vocab.words, [9, 5, 4, 1])
    assert (ledger.n_read, ledger.n_rare) == (9, 5)
    (ids, words, _), _, _ = encode(text, tmp_path / "c", vocab=vocab, min_count=5)
    assert (ids, words) == ([0, 1, BREAK, 0, BREAK], ["b", "é"])
    with pytest.raises(CorpusError, match="fewer than two words of the given vocabulary"):
        encode(text, tmp_path / "c", vocab=vocab, min_count=6)
    with pytest.raises(CorpusError, match="no word of the given vocabulary occurs"):
        encode("q r s", tmp_path / "c", vocab=vocab)
    with pytest.raises(CorpusError, match="the corpus is empty"):
        encode("\n", tmp_path / "c", vocab=vocab)


@pytest.mark.parametrize(
    ("text", "min_count", "message"),
    [
        ("", 1, "the corpus is empty: it holds no token"),
        (" \n\t\u3000\n", 1, "the corpus is empty"),
        ("the cat and the dog", 3, "the commonest, 'the', occurs 2 times; try --min-count 2"),
        ("a b c", 2, "the commonest, 'a', occurs once; try --min-count 1"),
        ("a " * 40, 5, "only one word, 'a', occurs at least 5 times; training needs two"),
        ("a " * 4, 1, "only one word, 'a', occurs at all; training needs two"),
        (b"\xff \xfe\xff", 1, "none of the 2 tokens of the corpus can be decoded; name its --encoding"),
    ],
)
def test_nothing_to_train_on(tmp_path, text, min_count, message):
    with pytest.raises(CorpusError, match=re.escape(message)):
        encode(text, tmp_path / "c", min_count=min_count)


def test_errors_of_the_reader_come_through(tmp_path):
    with pytest.raises(CorpusError, match="zero"):
        encode(b"a\0b", tmp_path / "c")
    with pytest.raises(FormatError, match="damaged"):
        encode(b"\x1f\x8b\x08" + bytes(range(1, 50)), tmp_path / "c")
    with pytest.raises(CorpusError, match="no such file"):
        encode_corpus([tmp_path / "missing"], PLAIN, TrainConfig())
    with pytest.raises(ConfigError, match="unknown encoding"):
        encode("a b", tmp_path / "c", TextConfig(encoding="utf-99"))


def test_tokenize_is_refused_for_token_lists():
    with pytest.raises(ConfigError, match="lists of tokens already"):
        encode_corpus([["a,", "b"]], TextConfig(tokenize=True), TrainConfig(min_count=1))
