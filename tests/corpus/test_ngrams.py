"""Character n-grams and their hashes: the same as fastText's, gensim's and floret's, a word at a time and compiled."""

import random
import tracemalloc
import unicodedata

import numpy as np
import pytest
from support import python

from w2v.corpus.ngram_lists import ngram_lists, numbered
from w2v.corpus.ngrams import Ngrams, fnv, murmur
from w2v.errors import ConfigError

WORDS = [
    "the", "a", "I", "king", "kings", "naïve", "Straße", "ﬁn", "한국어", "값", "데이터베이스", "дом", "İstanbul",
    "evlerinizden", "epäjärjestelmällisyys", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "👍🏽", "🇫🇮",
    "e\u0301te\u0301", "été", "<", ">", "<>", "</s>", "banana", "x" * 40, "é" * 20, "\ud800lone", "\u0301", "ab" * 9,
]  # fmt: skip
KINDS = [
    Ngrams(3, 6, 2_000_000), Ngrams(1, 1, 1000), Ngrams(0, 2, 77), Ngrams(2, 3, 1), Ngrams(5, 5, 50_000),
    Ngrams(1, 60, 2**31 - 1), Ngrams(7, 6, 100), Ngrams(3, 6, 50_000, 1), Ngrams(1, 3, 999, 2), Ngrams(4, 5, 777, 4),
    Ngrams(20, 30, 777, 3),
]  # fmt: skip
# Of floret 0.10.5 (`get_subwords`), less its number of words: minn 2, maxn 3, bucket 5000, hashCount 2.
FLORET = {
    "king": [1074, 632, 1191, 2349, 4083, 3633, 1781, 1240, 1307, 2848, 4757, 1742, 2494, 719, 2590,
             3844, 826, 4745, 3409, 143],
    "한국": [3337, 3514, 1448, 954, 2817, 1365, 2793, 4948, 1931, 4490, 2374, 3272],
}  # fmt: skip
MURMUR = [
    [3262466624, 277172068, 371838263, 1319709105], [1998971074, 3647965632, 37781911, 3452933800],
    [968875587, 2430906874, 1666559244, 1945315753], [2805323350, 3622545070, 1052427425, 2644392306],
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_lists_are_those_of_each_word(kind):
    offsets, buckets = ngram_lists(WORDS, kind)
    assert [buckets[a:b].tolist() for a, b in zip(offsets[:-1], offsets[1:], strict=True)] == [
        kind.buckets(word) for word in WORDS
    ]


def test_many_words_in_many_threads_and_none_at_all():
    choose = random.Random(1)
    words = ["".join(choose.choices("abcdéß한국", k=choose.randint(1, 12))) for _ in range(45_000)]
    offsets, buckets = ngram_lists(words, KINDS[0])
    for i in (0, 19_999, 20_000, 44_999):
        assert buckets[offsets[i] : offsets[i + 1]].tolist() == KINDS[0].buckets(words[i])
    offsets, buckets = ngram_lists([], KINDS[0])
    assert offsets.tolist() == [0] and len(buckets) == 0


def test_fasttext_cuts_and_hashes_alike(tmp_path):
    fasttext = pytest.importorskip("fasttext")
    corpus = tmp_path / "corpus"
    corpus.write_text("\n".join("king queen 값 naïve" for _ in range(10)), encoding="utf-8")
    for kind in KINDS[:5]:
        model = fasttext.train_unsupervised(
            str(corpus), minn=kind.min_n, maxn=kind.max_n, bucket=kind.bucket, dim=2, minCount=1, epoch=1, thread=1,
            verbose=0,
        )  # fmt: skip
        n_words = len(model.words)
        for word in WORDS:
            if word.isprintable():
                pieces, ids = model.get_subwords(word)
                is_known = word in model.words
                assert kind.pieces(word) == pieces[is_known:]
                assert kind.buckets(word) == [row - n_words for row in ids[is_known:]]


def test_gensim_hashes_alike():
    utils = pytest.importorskip("gensim.models.fasttext_inner")
    for word in WORDS:
        text = word.encode("utf-8", "surrogatepass")
        assert fnv(text) == utils.ft_hash_bytes(text)


def test_murmur_is_that_of_floret_and_of_mmh3():
    """Pinned: `mmh3.hash128(text, seed=2166136261, x64arch=True)` of mmh3 5.3.1 in parts of 32 bits."""
    assert [murmur(text) for text in (b"", b"<king>", b"0123456789abcdef", "한국어 데이터베이스".encode())] == MURMUR


def test_floret_gives_the_same_rows():
    for word, rows in FLORET.items():
        assert Ngrams(2, 3, 5000, 2).buckets(word) == rows


def test_characters_are_unicode_and_composed_ones_are_others():
    three = Ngrams(3, 3, 1000)
    assert three.pieces("값") == ["<값>"] and three.pieces("👍") == ["<👍>"]
    assert three.pieces("été") == ["<ét", "été", "té>"]
    decomposed = unicodedata.normalize("NFD", "été")
    assert three.pieces(decomposed)[0] == "<e\u0301" and three.buckets(decomposed) != three.buckets("été")
    assert Ngrams(1, 1, 9).pieces("ab") == ["a", "b"]
    assert Ngrams(3, 6, 9).pieces("</s>") == [] and Ngrams(4, 4, 9).pieces("a") == []
    assert Ngrams(4, 4, 9, 1).pieces("a") == ["<a>"]


def test_buckets_are_numbered_as_they_come():
    buckets, known = np.array([7, 7, 0, 9, 3, 0], np.int32), np.array([3, 5], np.int32)
    numbers, used = numbered(buckets, known)
    assert used.tolist() == [3, 5, 7, 0, 9]
    assert used[numbers].tolist() == buckets.tolist()
    numbers, used = numbered(buckets[:0], known[:0])
    assert len(numbers) == len(used) == 0


@pytest.mark.parametrize("most", [50, 2**30])
def test_a_few_of_many_buckets_are_numbered_alike(most):
    drawn = np.random.default_rng(0).integers(0, most, 40).astype(np.int32)
    known, buckets = np.unique(drawn[:10])[::-1], np.concatenate([drawn, [most - 1, most - 1]]).astype(np.int32)
    tracemalloc.start()
    numbers, used = numbered(buckets, known)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()
    assert used.tolist() == list(dict.fromkeys([*known.tolist(), *buckets.tolist()]))
    assert used[numbers].tolist() == buckets.tolist() and used.dtype == numbers.dtype == np.int32


def test_more_n_grams_than_memory_are_refused_before_it_is_taken(monkeypatch):
    monkeypatch.setattr("w2v.corpus.ngram_lists.usable_memory", lambda: 100_000)
    with pytest.raises(ConfigError, match="the n-grams of 1 word need 0.0 GB of memory .*smaller --max-n"):
        ngram_lists(["a" * 10_000], Ngrams(3, 6, 1000))
    assert len(ngram_lists(["a" * 1000], Ngrams(3, 6, 1000))[1]) == 3994
    for there in (10**9, None):
        monkeypatch.setattr("w2v.corpus.ngram_lists.usable_memory", lambda there=there: there)
        assert len(ngram_lists(["a" * 10_000], Ngrams(3, 6, 1000))[1]) == 39_994


def test_the_same_without_the_compiler():
    code = """if 1:
        import sys
        from test_ngrams import KINDS, WORDS
        from w2v.corpus.ngram_lists import ngram_lists, numbered
        for kind in KINDS[0], KINDS[9]:
            offsets, buckets = ngram_lists(WORDS, kind)
            assert buckets.tolist() == sum(map(kind.buckets, WORDS), [])
            numbered(buckets, buckets[:0])
    """
    python(code, NUMBA_DISABLE_JIT="1")
