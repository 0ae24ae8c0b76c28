"""`Phrases` beside an obvious twin, and beside gensim's class where that is installed."""

import math
import os
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import w2v
from w2v import ENGLISH_CONNECTOR_WORDS, FrozenPhrases, Phraser, Phrases
from w2v.errors import ConfigError, CorpusError, FormatError

WIKI = Path(os.environ.get("W2V_WIKI", "/work/tmp/wiki8"))
WORDS = ["a", "b", "c", "d_e", "d", "e", "b_c", "of", "the", "of_the", "_", "__", "x_", "_x", "é", "王"]
SENTENCES = st.lists(st.lists(st.sampled_from(WORDS), max_size=12), min_size=1, max_size=30).filter(any)
SETTINGS = {
    "min_count": st.integers(1, 4),
    "threshold": st.sampled_from([0.1, 0.5, 1.0]),
    "scoring": st.sampled_from(["default", "npmi"]),
    "delimiter": st.sampled_from(["_", "__", "_x", "é", " "]),
    "connector_words": st.sampled_from([frozenset(), ENGLISH_CONNECTOR_WORDS]),
}


def twin_counts(sentences, delimiter, connectors):
    """Occurrences of words and candidates by string, and the number of tokens, the obvious way."""
    counts = Counter()
    for sentence in sentences:
        words = [n for n, word in enumerate(sentence) if word not in connectors]
        counts.update(sentence[n] for n in words)
        counts.update(delimiter.join(sentence[i : j + 1]) for i, j in zip(words, words[1:], strict=False))
    return counts, sum(map(len, sentences))


def twin_score(counts, n_tokens, a, b, phrase, min_count, scoring):
    n = counts[phrase]
    if scoring == "default":
        return (n - min_count) / (counts[a] * counts[b]) * len(counts)
    if n < min_count or n == n_tokens:
        return -math.inf
    pa, pb, pab = counts[a] / n_tokens, counts[b] / n_tokens, n / n_tokens
    return math.log(pab / (pa * pb)) / -math.log(pab)


def twin_joined(sentence, counts, n_tokens, min_count, threshold, scoring, delimiter, connector_words):
    """The longest way: at each word, see whether it and the next word that is no connector make a phrase."""
    joined, n = [], 0
    while n < len(sentence):
        end = next((k for k in range(n + 1, len(sentence)) if sentence[k] not in connector_words), None)
        if sentence[n] not in connector_words and end is not None:
            phrase = delimiter.join(sentence[n : end + 1])
            all_seen = counts[sentence[n]] and counts[sentence[end]] and counts[phrase]
            score = all_seen and twin_score(counts, n_tokens, sentence[n], sentence[end], phrase, min_count, scoring)
            if all_seen and score > threshold:
                joined.append((phrase, score))
                n = end + 1
                continue
        joined.append((sentence[n], None))
        n += 1
    return joined


@given(sentences=SENTENCES, other=SENTENCES, **SETTINGS)
@example(
    sentences=[["a"] * 8 + ["b", "c"]], other=[["a"]], min_count=1, threshold=1.0, scoring="npmi", delimiter="_",
    connector_words=frozenset(),
)  # fmt: skip # a score that is the threshold
@settings(max_examples=80, deadline=None)
def test_counts_scores_and_joins_equal_the_twin(sentences, other, **options):
    phrases = Phrases(sentences, **options)
    counts, n_tokens = twin_counts(sentences, options["delimiter"], options["connector_words"])
    assert phrases.vocab == counts and phrases.corpus_word_count == n_tokens
    for sentence in [*sentences, *other]:
        expected = twin_joined(sentence, counts, n_tokens, **options)
        found = list(phrases.analyze_sentence(sentence))
        assert [token for token, _ in found] == [token for token, _ in expected] == phrases[sentence]
        for (_, ours), (_, theirs) in zip(found, expected, strict=True):
            assert ours == (theirs and pytest.approx(theirs, rel=1e-9))
    phrases.add_vocab(other)
    more, n_more = twin_counts(other, options["delimiter"], options["connector_words"])
    assert phrases.vocab == counts + more and phrases.corpus_word_count == n_tokens + n_more


def assert_near(ours, theirs):
    """The same phrases, scores to 1e-6."""
    assert ours.keys() == theirs.keys()
    for phrase, score in ours.items():
        assert score == pytest.approx(theirs[phrase], rel=1e-6)


@given(sentences=SENTENCES, other=SENTENCES, **SETTINGS)
@settings(max_examples=80, deadline=None)
def test_generated_text_as_gensim(sentences, other, **options):
    theirs = pytest.importorskip("gensim.models.phrases").Phrases(sentences, **options)
    ours = Phrases(sentences, **options)
    assert ours.vocab == theirs.vocab and ours.corpus_word_count == theirs.corpus_word_count
    try:
        assert_near(ours.find_phrases(sentences), theirs.find_phrases(sentences))
    except ZeroDivisionError:  # gensim's npmi of what makes up the whole text
        return
    assert list(ours[other]) == list(theirs[other]) and ours[other[0]] == theirs[other[0]]
    if not any(set(options["delimiter"]) & set(word) for sentence in sentences for word in sentence):
        assert_near(ours.export_phrases(), theirs.export_phrases())
        assert_near(ours.freeze().phrasegrams, theirs.freeze().phrasegrams)


@pytest.fixture(scope="module")
def wiki():
    """5 MB of text, 1,000 words a sentence."""
    if not WIKI.is_file():
        pytest.skip("W2V_WIKI names no corpus")
    with open(WIKI, encoding="utf-8") as file:
        words = file.read(5_000_000).split()
    return [words[n : n + 1000] for n in range(0, len(words), 1000)]


@pytest.mark.parametrize(
    ("scoring", "threshold", "connectors"), [("default", 10.0, frozenset()), ("npmi", 0.5, ENGLISH_CONNECTOR_WORDS)]
)
def test_wikipedia_twice_as_gensim(wiki, scoring, threshold, connectors):
    """Two passes: what training does on ids, against gensim's class on the output of itself."""
    kind = pytest.importorskip("gensim.models.phrases").Phrases
    options = dict(scoring=scoring, threshold=threshold, connector_words=connectors)
    first = kind(wiki, **options)
    once = [first[sentence] for sentence in wiki]
    second = kind(once, **options)
    twice = [second[sentence] for sentence in once]
    model = w2v.Word2Vec(
        wiki, vector_size=2, epochs=1, min_count=1, workers=2, phrases=2, phrases_scoring=scoring,
        phrases_threshold=threshold, phrases_connectors="english" if connectors else "none",
    )  # fmt: skip
    exported = [{"_".join(words): score for words, score in found.items()} for found in model.phrases.passes]
    assert_near(exported[0], first.export_phrases())
    found = second.find_phrases(once)  # `export_phrases` takes the phrases of the first pass apart
    assert_near({phrase: exported[1][phrase] for phrase in found}, found)
    assert Counter(token for sentence in twice for token in sentence) == dict(
        zip(model.vocab.words, model.vocab.counts.tolist(), strict=True)
    )
    assert model.phrases.joined(wiki[7]) == twice[7]


CITY = [
    ["new", "york", "is", "in", "new", "york"],
    ["the", "bank", "of", "england"],
    ["bank", "of", "england", "is"],
] * 5


def test_gensims_manners(tmp_path):
    phrases = Phrases(CITY, min_count=1, threshold=0.5, connector_words=ENGLISH_CONNECTOR_WORDS)
    assert phrases[["in", "new", "york"]] == ["in", "new_york"] and phrases[[]] == []
    stream = phrases[iter([["new", "york"], ["bank", "of", "england"]])]
    assert list(stream) == [["new_york"], ["bank_of_england"]]
    again = phrases[CITY]
    assert list(again) == list(again)
    assert set(phrases.export_phrases()) == {"new_york", "bank_of_england"}
    assert phrases.score_candidate("no", "such", []) == (None, None)
    frozen = phrases.freeze()
    assert Phraser is FrozenPhrases and frozen[["bank", "of", "england"]] == ["bank_of_england"]
    assert frozen.phrasegrams == phrases.export_phrases() == frozen.export_phrases()
    assert frozen.find_phrases(CITY) == phrases.find_phrases(CITY)
    frozen.save(tmp_path / "p.json")
    assert FrozenPhrases.load(tmp_path / "p.json").phrasegrams == frozen.phrasegrams
    phrases.threshold = 1e9
    assert phrases.export_phrases() == {} and phrases[["new", "york"]] == ["new", "york"]


def test_counting_goes_on_after_loading(tmp_path):
    whole = Phrases(CITY + CITY[::-1], min_count=1, threshold=1)
    part = Phrases(CITY, min_count=1, threshold=1)
    part.save(tmp_path / "counts.json")
    loaded = Phrases.load(tmp_path / "counts.json")
    assert loaded.vocab == part.vocab and loaded.find_phrases(CITY) == part.find_phrases(CITY)
    loaded.add_vocab(CITY[::-1])
    assert loaded.vocab == whole.vocab and loaded.export_phrases() == whole.export_phrases()
    assert Phrases(min_count=1).vocab == {}


def test_a_scoring_function(tmp_path):
    def by_count(worda_count, wordb_count, bigram_count, len_vocab, min_count, corpus_word_count):
        return bigram_count

    phrases = Phrases(CITY, scoring=by_count, threshold=9)
    assert phrases.export_phrases() == {"new_york": 10, "bank_of": 10, "of_england": 10}
    with pytest.raises(ConfigError, match="is code"):
        phrases.save(tmp_path / "p.json")
    phrases.freeze().save(tmp_path / "p.json")
    assert FrozenPhrases.load(tmp_path / "p.json")[["new", "york"]] == ["new_york"]


@pytest.mark.parametrize(
    "options",
    [{"min_count": 0}, {"threshold": 0}, {"scoring": "npmi", "threshold": 10}, {"scoring": "other"}, {"delimiter": ""},
     {"scoring": lambda worda_count: 0}],
)  # fmt: skip
def test_settings_out_of_range_are_refused(options):
    with pytest.raises(ConfigError):
        Phrases(CITY, **options)


def test_bad_sentences_are_refused():
    with pytest.raises(CorpusError, match="letters"):
        Phrases(iter(["new york"]))
    with pytest.raises(ConfigError, match="integers"):
        Phrases([[1, 2], [1, 2]])


@pytest.mark.parametrize("change", [
    {"format": "w2v-phrases"}, {"version": 2}, {"vocab": []}, {"vocab": {"a": -1}}, {"vocab": {"a": 1.5}},
    {"scoring": "system"}, {"delimiter": ""}, {"corpus_word_count": True}, {"connectors": [1]}, {"min_count": "5"},
])  # fmt: skip
def test_damaged_counts_are_refused(tmp_path, change):
    import json

    Phrases(CITY).save(tmp_path / "p.json")
    facts = json.loads((tmp_path / "p.json").read_text("utf-8"))
    (tmp_path / "p.json").write_text(json.dumps(facts | change), "utf-8")
    with pytest.raises(FormatError):
        Phrases.load(tmp_path / "p.json")


def test_files_are_sentences_by_line(tmp_path):
    (tmp_path / "c").write_text("new york is\n\nin new york\n", "utf-8")
    assert Phrases(tmp_path / "c").vocab == Phrases([["new", "york", "is"], ["in", "new", "york"]]).vocab
    generator = random.Random(0)
    many = [[generator.choice("abcdefgh") for _ in range(20)] for _ in range(50)]
    assert Phrases(many, workers=1).vocab == Phrases(many, workers=3).vocab
    assert np.sum(list(Phrases(many).vocab.values())) == 50 * (20 + 19)
