"""Evaluation: reading the files, agreement with gensim question for question, slow twins, bad input."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from asked import gensim_vectors, question_file, relations, write

from w2v.errors import ConfigError, FormatError, W2VError
from w2v.evaluation.questions import Section, read_questions, read_similarity, sniff_evaluation_file
from w2v.evaluation.reports import CORRECT, SKIPPED, WRONG
from w2v.evaluation.scoring import evaluate_analogies, evaluate_similarity

SHARED = Path(__file__).resolve().parents[3] / "shared" / "eval"  # beside the checkout, where there is one
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the real evaluation files are not on this machine")


def assert_same_as_gensim(tmp_path, keys, vectors, sections, **options):
    """Every section's correct and incorrect questions are gensim's; returns our report."""
    path = question_file(tmp_path / "questions.txt", sections)
    score, theirs = gensim_vectors(keys, vectors).evaluate_word_analogies(str(path), **options)
    report = evaluate_analogies(keys, vectors, read_questions(path), **options)
    fold = str.upper if options.get("case_insensitive", True) else str
    for ours, expected in zip(report.sections, theirs[:-1], strict=True):
        assert ours.name == expected["section"]
        for outcome, name in ((CORRECT, "correct"), (WRONG, "incorrect")):
            chosen = zip(ours.questions, ours.outcomes, strict=True)
            assert [tuple(map(fold, q)) for q, found in chosen if found == outcome] == expected[name]
    assert (report.total.of_answered or 0.0) == score
    return report


# ---- reading


def test_questions_are_read_by_section(tmp_path):
    text = "\ufeffx y z w\r\n: capitals\r\n# note\r\n\r\nAthens Greece Oslo Norway\r\n"
    text += ": gram1-plural\r\na\tas  b bs\r\n"
    sections = read_questions(write(tmp_path / "q.txt", text))
    assert sections == [
        Section("unnamed", [("x", "y", "z", "w")]),
        Section("capitals", [("Athens", "Greece", "Oslo", "Norway")]),
        Section("gram1-plural", [("a", "as", "b", "bs")]),
    ]
    assert [section.is_syntactic for section in sections] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (": s\na b c d\n\na b c\n", "line 4: a question has 4 words, this line has 3"),
        (": s\na b c d e\n", "line 2: a question has 4 words, this line has 5"),
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        (": s\n# only a comment\n", "no question"),
    ],
)
def test_bad_question_files(tmp_path, text, sentence):
    with pytest.raises(FormatError, match=sentence):
        read_questions(write(tmp_path / "q.txt", text))


def test_bad_utf8_names_the_line(tmp_path):
    path = tmp_path / "q.txt"
    path.write_bytes(b": s\na b c d\na b c \xff\n")
    for read in (read_questions, read_similarity, sniff_evaluation_file):
        with pytest.raises(FormatError, match="line 3: not valid utf-8"):
            read(path)


def test_missing_file():
    with pytest.raises(W2VError, match="cannot read /nowhere/q.txt"):
        read_questions("/nowhere/q.txt")


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", " ", "   ", " , "])
@pytest.mark.parametrize("header", ["", "Word 1{0}Word 2{0}Human (mean)\n", "# about\n\n"])
def test_similarity_delimiters_and_headers(tmp_path, delimiter, header):
    if not delimiter.strip(" ") and header.startswith("Word"):
        header = "word1{0}word2{0}score\n"
    rows = f"love{delimiter}sex{delimiter}6.77\r\ntiger{delimiter}cat{delimiter}7{delimiter}more\r\n"
    path = write(tmp_path / "pairs", header.format(delimiter) + rows)
    assert read_similarity(path) == [("love", "sex", 6.77), ("tiger", "cat", 7.0)]
    assert read_similarity(path, delimiter.strip(" ") or None) == read_similarity(path)
    assert sniff_evaluation_file(path) == "similarity"


def test_similarity_words_may_hold_another_delimiter(tmp_path):
    assert read_similarity(write(tmp_path / "p", "New York\tL,A\t3\n")) == [("New York", "L,A", 3.0)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a\tb\t1\nc\td\tmuch\n", "line 2: expected two words and a number"),
        ("a\tb\t1\nc\td\n", "line 2"),
        ("a\tb\tnan\na\tb\t1\n", "line 1"),
        ("w1\tw2\tscore\nc\td\tmuch\n", "line 2"),
        ("w1\tw2\tscore\n", "no word pair"),
        ("", "the file is empty"),
        ("just words\nin lines\n", "line 1"),
    ],
)
def test_bad_similarity_files(tmp_path, text, sentence):
    with pytest.raises(FormatError, match=sentence):
        read_similarity(write(tmp_path / "p", text))


def test_sniffing(tmp_path):
    assert sniff_evaluation_file(write(tmp_path / "a", "# c\n: s\na b 3 4\n")) == "analogies"
    assert sniff_evaluation_file(write(tmp_path / "b", "a b c d\n")) == "analogies"
    assert sniff_evaluation_file(write(tmp_path / "c", "w1,w2,score\na,b,1\n")) == "similarity"
    with pytest.raises(FormatError, match="neither"):
        sniff_evaluation_file(write(tmp_path / "d", "the quick brown fox jumps\n"))


@needs_shared
def test_real_files():
    sections = read_questions(SHARED / "questions-words.txt")
    assert (len(sections), sum(len(section.questions) for section in sections)) == (14, 19_544)
    assert sum(section.is_syntactic for section in sections) == 9
    assert [len(read_similarity(SHARED / name)) for name in ("wordsim353.tsv", "simlex999.txt")] == [353, 999]
    kinds = ["analogies", "similarity", "similarity"]
    names = ["questions-words.txt", "wordsim353.tsv", "simlex999.txt"]
    assert [sniff_evaluation_file(SHARED / name) for name in names] == kinds


# ---- analogies


@pytest.mark.parametrize("noise", [0.8, 1.4])
@pytest.mark.parametrize("restrict_vocab", [300_000, 50])
@pytest.mark.parametrize("dummy4unknown", [False, True])
def test_analogies_agree_with_gensim(tmp_path, noise, restrict_vocab, dummy4unknown):
    rng = np.random.default_rng(5)
    keys, vectors, questions = relations(rng, 40, noise)
    shuffled = rng.permutation(len(keys))
    keys, vectors = (
        [keys[i] for i in shuffled],
        vectors[shuffled] * rng.uniform(0.1, 9, (len(keys), 1)).astype("f"),
    )
    sections = [
        Section("mixed", questions),
        Section("gram1", [*questions[:50], ("a1", "b1", "a2", "nobody")]),
    ]
    report = assert_same_as_gensim(
        tmp_path, keys, vectors, sections, restrict_vocab=restrict_vocab, dummy4unknown=dummy4unknown
    )
    assert 0 < report.total.correct < report.total.answered  # otherwise agreement shows little
    assert report.total.skipped >= 1
    assert report.total.answered == report.total.asked - (0 if dummy4unknown else report.total.skipped)
    assert report.semantic.asked == len(questions)
    assert report.syntactic.asked == 51


@pytest.mark.parametrize("case_insensitive", [True, False])
def test_other_spellings_agree_with_gensim(tmp_path, case_insensitive):
    """Upper-case twins of all words, near the first spelling, before it or after it; questions in both."""
    rng = np.random.default_rng(11)
    keys, vectors, questions = relations(rng, 20, 0.6)
    copies = [(key.upper(), vector + 0.2 * rng.standard_normal(24)) for key, vector in zip(keys, vectors, strict=True)]
    keys = keys + [key for key, _ in copies]
    vectors = np.concatenate([vectors, np.array([vector for _, vector in copies], dtype=np.float32)])
    order = rng.permutation(len(keys))
    sections = [Section("s", questions), Section("t", [tuple(w.upper() for w in q) for q in questions])]
    report = assert_same_as_gensim(
        tmp_path, [keys[i] for i in order], vectors[order], sections, case_insensitive=case_insensitive
    )
    assert 0 < report.total.correct < report.total.answered


@pytest.mark.parametrize("n_spellings", [0, 1, 4, 5, 7])
def test_more_spellings_than_gensim_looks_at(tmp_path, n_spellings):
    """gensim sees only its five best words; five spellings of b that beat the answer make it wrong."""
    spelled = [
        "bbbb",
        *("".join(c.upper() if n >> i & 1 else c for i, c in enumerate("bbbb")) for n in range(1, 9)),
    ]
    rng = np.random.default_rng(2)
    keys = ["a", "bbbb", "c", "d", "e", *spelled[1 : 1 + n_spellings]]
    vectors = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0.8], [0, 1, 3]])
    vectors = np.concatenate([vectors, vectors[1] + 0.01 * rng.standard_normal((n_spellings, 3))]).astype("f")
    sections = [Section("s", [("a", "bbbb", "c", "d"), ("a", "bbbb", "c", "bbbb"), ("e", "e", "bbbb", "d")])]
    report = assert_same_as_gensim(tmp_path, keys, vectors, sections)
    assert report.sections[0].outcomes.tolist()[:2] == ([CORRECT, WRONG] if n_spellings < 5 else [WRONG, CORRECT])


@pytest.mark.parametrize("n_words", [1, 2, 3, 4])
def test_tiny_vocabularies_agree_with_gensim(tmp_path, n_words):
    rng = np.random.default_rng(n_words)
    keys = [f"w{i}" for i in range(n_words)]
    vectors = rng.standard_normal((n_words, 8)).astype("f")
    questions = [tuple(f"w{i}" for i in ids) for ids in itertools.product(range(n_words), repeat=4)]
    assert_same_as_gensim(tmp_path, keys, vectors, [Section("s", questions)])


def test_cosmul_agrees_with_gensim_word_for_word():
    rng = np.random.default_rng(8)
    keys, vectors, questions = relations(rng, 30, 1.0)
    theirs = gensim_vectors(keys, vectors)
    with pytest.warns(DeprecationWarning):  # gensim calls its own deprecated init_sims
        expected = [theirs.most_similar_cosmul([b, c], [a], topn=1)[0][0] for a, b, c, _ in questions]
    report = evaluate_analogies(keys, vectors, [Section("s", questions)], similarity="3cosmul")
    assert report.sections[0].predictions == expected
    add = evaluate_analogies(keys, vectors, [Section("s", questions)])
    assert add.sections[0].predictions != expected  # the two rules are not the same


def slow_answer(keys, vectors, question, similarity):
    """The obvious twin: one question, float64, the definition."""
    unit = {key: v / np.linalg.norm(v) for key, v in zip(keys, vectors.astype(np.float64), strict=True)}
    a, b, c = (unit[word] for word in question[:3])

    def score(x):
        if similarity == "3cosadd":
            return x @ b - x @ a + x @ c
        return (1 + x @ b) / 2 * (1 + x @ c) / 2 / ((1 + x @ a) / 2 + 1e-6)

    return max((key for key in keys if key not in question[:3]), key=lambda key: score(unit[key]))


@pytest.mark.parametrize("similarity", ["3cosadd", "3cosmul"])
def test_many_batches_give_the_slow_answer(monkeypatch, similarity):
    """Batches so small that questions, rows and columns all cross their borders."""
    sizes = {"QUESTIONS_PER_PRODUCT": 37, "QUESTIONS_PER_JOB": 5, "COLUMNS": 100}
    for name, size in sizes.items():
        monkeypatch.setattr(f"w2v.evaluation.analogy_search.{name}", size)
    rng = np.random.default_rng(3)
    keys, vectors, questions = relations(rng, 12, 1.0, dim=6)
    keys += [f"x{i}" for i in range(1300)]
    vectors = np.concatenate([vectors, 2 * rng.standard_normal((1300, 6)).astype("f")])
    order = rng.permutation(len(keys))
    keys, vectors = [keys[i] for i in order], vectors[order]
    report = evaluate_analogies(keys, vectors, [Section("s", questions)], similarity=similarity)
    expected = [slow_answer(keys, vectors, question, similarity) for question in questions]
    assert report.sections[0].predictions == expected


def test_known_answer_and_the_report():
    keys = ["king", "man", "woman", "queen", "apple", "zero"]
    vectors = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 1], [1, -1, 0.2], [0, 0, 0]], dtype=np.float32)
    sections = [
        Section(
            "family",
            [("man", "king", "woman", "queen"), ("man", "king", "woman", "apple"), ("x", "y", "z", "q")],
        ),
        Section("gram9", []),
    ]
    report = evaluate_analogies(keys, vectors, sections, restrict_vocab=None)
    assert report.sections[0].predictions == ["queen", "queen", None]
    assert report.sections[0].outcomes.tolist() == [CORRECT, WRONG, SKIPPED]
    assert report.total == (3, 1, 2, 1)
    assert (report.total.of_answered, report.total.of_all) == (0.5, 1 / 3)
    assert report.syntactic.of_answered is None
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert data["sections"][0]["skipped"] == 1
    assert data["total"]["accuracy_of_all"] == 1 / 3
    assert data["syntactic"]["accuracy_of_answered"] is None
    lines = str(report).splitlines()
    assert "first 6 words (no limit)" in lines[0]
    assert "case ignored" in lines[0]
    assert lines[2].split() == ["family", "3", "1", "2", "1", "50.00", "%", "33.33", "%"]
    assert len({len(line) for line in lines[1:]}) == 1  # columns line up


def test_unusable_vectors_are_never_answers():
    rng = np.random.default_rng(0)
    keys, vectors, questions = relations(rng, 5, 0.1)
    bad = np.stack([np.zeros(24), np.full(24, np.nan), np.full(24, np.inf)]).astype("f")
    report = evaluate_analogies(
        [*keys, "zero", "nan", "inf"], np.concatenate([vectors, bad]), [Section("s", questions)]
    )
    without = evaluate_analogies(keys, vectors.astype("f"), [Section("s", questions)])
    assert report.sections[0].predictions == without.sections[0].predictions
    assert report.total == without.total


def test_a_zero_vector_does_not_win_over_negative_scores():
    keys, vectors = ["a", "zero", "b", "c", "d"], np.array([[-1, 0], [0, 0], [1, 0], [1, 1], [-1, -1]], "f")
    for similarity in ("3cosadd", "3cosmul"):
        report = evaluate_analogies(keys, vectors, [Section("s", [("a", "b", "c", "d")])], similarity=similarity)
        assert report.sections[0].predictions == ["d"]


def test_a_memory_map_and_int_keys(tmp_path):
    rng = np.random.default_rng(0)
    _, vectors, _ = relations(rng, 5, 0.1)
    np.save(tmp_path / "v.npy", vectors)
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    report = evaluate_analogies(range(10), mapped, [Section("s", [("0", "1", "2", "3")])])
    assert report.sections[0].predictions == [3]


def test_bad_settings():
    with pytest.raises(ConfigError, match="3cosadd or 3cosmul"):
        evaluate_analogies(["a"], np.ones((1, 2), "f"), [], similarity="cosine")
    with pytest.raises(ConfigError, match="restrict_vocab is 0"):
        evaluate_analogies(["a"], np.ones((1, 2), "f"), [], restrict_vocab=0)
    with pytest.raises(ConfigError, match="1 keys for 2 vectors"):
        evaluate_similarity(["a"], np.ones((2, 2), "f"), [])


# ---- similarity


@pytest.mark.parametrize("case_insensitive", [True, False])
@pytest.mark.parametrize("dummy4unknown", [True, False])
@pytest.mark.parametrize("restrict_vocab", [300_000, 40])
def test_similarity_agrees_with_gensim(tmp_path, case_insensitive, dummy4unknown, restrict_vocab):
    rng = np.random.default_rng(4)
    keys = [f"w{i}" for i in range(60)] + [f"W{i}" for i in range(5)]
    vectors = rng.standard_normal((len(keys), 12)).astype("f")
    names = [*keys, "absent", "W9"]
    rows = [
        f"{names[i]}\t{names[j]}\t{score:.2f}"
        for i, j, score in zip(
            rng.integers(67, size=90), rng.integers(67, size=90), rng.uniform(0, 10, 90), strict=True
        )
    ]
    path = write(tmp_path / "pairs.tsv", "# Word 1\tWord 2\tHuman\n" + "\n".join(rows) + "\n")
    options = {
        "restrict_vocab": restrict_vocab,
        "case_insensitive": case_insensitive,
        "dummy4unknown": dummy4unknown,
    }
    pearson, spearman, oov = gensim_vectors(keys, vectors).evaluate_word_pairs(str(path), **options)
    report = evaluate_similarity(keys, vectors, read_similarity(path), **options)
    assert report.pearson == pytest.approx((pearson[0], pearson[1]), abs=1e-6)
    assert report.spearman == pytest.approx((spearman[0], spearman[1]), abs=1e-6)
    assert report.oov_percent == pytest.approx(oov)
    assert 0 < report.n_skipped < 90
    assert report.n_used == (90 if dummy4unknown else 90 - report.n_skipped)


def test_similarity_report():
    vectors = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], dtype=np.float32)
    pairs = [("a", "a", 9.0), ("a", "b", 5.0), ("a", "c", 1.0), ("a", "zzz", 3.0), ("d", "a", 0.0)]
    report = evaluate_similarity(["a", "b", "c", "d"], vectors, pairs)
    np.testing.assert_allclose(report.similarities, [1, math.sqrt(0.5), 0, np.nan, 0], atol=1e-7)
    assert report.unknown_words == ("zzz",)
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert (data["asked"], data["used"], data["skipped"], data["oov_percent"]) == (5, 4, 1, 20.0)
    assert "5 asked, 4 used, 1 with an unknown word (20.0 %)" in str(report)


@pytest.mark.parametrize("pairs", [[], [("a", "b", 1.0)], [("x", "y", 1.0)] * 3, [("a", "b", 1.0)] * 3])
def test_undefined_correlations_are_none_in_json(pairs):
    report = evaluate_similarity(["a", "b"], np.eye(2, dtype=np.float32), pairs)
    assert math.isnan(report.spearman.statistic)
    assert report.to_dict()["pearson"] is None
    assert "not defined" in str(report) and "nan" not in str(report)
