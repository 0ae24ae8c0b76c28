"""A Korean text of 3 MB, generated: nouns of made-up syllables in eight topics, each with one of twenty particles, some
outside the basic plane or of one character; some forms are kept out of the text."""

import unicodedata

import numpy as np
import pytest

import w2v
from w2v.corpus.ngram_lists import ngram_lists
from w2v.corpus.ngrams import Ngrams

PARTICLES = [
    "",
    *["은", "는", "이", "가", "을", "를", "에", "의", "도", "만"],
    *["에게", "에서", "까지", "부터", "으로", "처럼", "보다", "이나", "마저"],
]
N_TOPICS, N_NOUNS, N_SENTENCES = 8, 240, 24_000
MODEL = {"vector_size": 50, "sg": 1, "min_n": 1, "max_n": 4, "min_count": 2, "epochs": 2, "workers": 2, "sample": 0}


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Its path, and the forms that it never shows."""
    rng = np.random.default_rng(7)
    syllables = [chr(0xAC00 + place) for place in rng.choice(11_172, 500, replace=False)]
    nouns = list(dict.fromkeys("".join(rng.choice(syllables, rng.integers(2, 4))) for _ in range(N_NOUNS)))
    nouns[:3] = ["값", "👍", "𝔘𝔫𝔦"]
    forms = [[noun + particle for particle in PARTICLES] for noun in nouns]
    hidden = {noun + PARTICLES[rng.integers(1, len(PARTICLES))]: noun for noun in nouns[3::4]}
    shown = [[form for form in of_noun if form not in hidden] for of_noun in forms]
    path = tmp_path_factory.mktemp("korean") / "text.txt"
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(N_SENTENCES):
            topic = rng.integers(N_TOPICS)
            chosen = topic + N_TOPICS * rng.integers(0, len(nouns) // N_TOPICS, 14)
            file.write(" ".join(shown[place][rng.integers(len(shown[place]))] for place in chosen) + "\n")
    assert path.stat().st_size > 3_000_000
    return path, hidden


def test_forms_that_were_never_seen_stand_beside_those_of_their_noun(text):
    path, hidden = text
    wv = w2v.Word2Vec(corpus_file=str(path), **MODEL).wv
    assert not any(form in wv.key_to_index for form in hidden)
    right = [wv.most_similar(form, topn=1)[0][0].startswith(noun) for form, noun in hidden.items()]
    assert np.mean(right) > 0.9
    assert wv.is_composed("값처럼만") and "값" in wv.known_ngrams("값처럼만")
    with pytest.raises(KeyError, match="met none of its n-grams"):
        wv["qqq"]


def test_lists_of_a_whole_vocabulary_are_cut_at_characters(text):
    words = sorted(set(text[0].read_text(encoding="utf-8").split()))
    words += [unicodedata.normalize("NFD", word) for word in words]
    ngrams = Ngrams(1, 4, 2_000_000)
    starts, buckets = ngram_lists(words, ngrams)
    for place in range(0, len(words), 17):
        assert buckets[starts[place] : starts[place + 1]].tolist() == ngrams.buckets(words[place])


def test_both_forms_of_unicode_are_one_text_under_nfc(text, tmp_path):
    decomposed, files = tmp_path / "nfd.txt", [tmp_path / "c.w2v", tmp_path / "d.w2v"]
    part = text[0].read_text(encoding="utf-8")[:300_000].rpartition("\n")[0] + "\n"
    (tmp_path / "nfc.txt").write_text(part, encoding="utf-8")
    decomposed.write_text(unicodedata.normalize("NFD", part), encoding="utf-8")
    for path, out in zip((tmp_path / "nfc.txt", decomposed), files, strict=True):
        model = w2v.Word2Vec(corpus_file=str(path), nfc=True, **{**MODEL, "workers": 1})
        model.wv.save(out)
    one, other = (w2v.load(out) for out in files)
    assert one.index_to_key == other.index_to_key and np.array_equal(one.vectors, other.vectors)
