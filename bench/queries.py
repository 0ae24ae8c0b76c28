"""Neighbours and analogy questions, beside gensim, on the same vectors; and that the answers are the same."""

import time
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.sides import Comparison, SideError, alternate, say, wanted
from w2v.evaluation.questions import read_questions, sniff_evaluation_file
from w2v.formats.vector_files import VectorTable
from w2v.vectors.keyed_vectors import KeyedVectors

N_WORDS, SIZE, N_QUERIES = 1_000_000, 300, 1_000
ANALOGY_WORDS = 30_000
GENSIM_QUERIES = 20  # of the 1,000; it takes them one by one
GENSIM_SHARE, QUICK_SHARE = 10, 40  # gensim gets one question in so many
# Pairs in the sections of the questions that are made here: nearly as many questions as in questions-words.txt.
PAIRS = (23, 68, 30, 50, 23, 32, 29, 37, 34, 33, 40, 40, 37, 30)


def measure(args: Namespace) -> Iterator[Comparison]:
    """Rows `one`, `many` and `analogies`."""
    if any(wanted(key, args.only) for key in ("one", "many")):
        yield from neighbours(args)
    if wanted("analogies", args.only):
        yield analogies(args)


def neighbours(args: Namespace) -> Iterator[Comparison]:
    """One query, and many in one call, where gensim has only one by one."""
    n_words = getattr(args, "query_words", N_WORDS)
    words = [f"word{number}" for number in range(n_words)]
    matrix = np.random.default_rng(0).standard_normal((n_words, SIZE), np.float32)
    ours, theirs = both(words, matrix, args.gensim)
    asked = words[:: max(1, n_words // N_QUERIES)][:N_QUERIES]
    check(ours, theirs, asked[:3])
    what = f"{n_words:,} x {SIZE}, ten nearest"
    if wanted("one", args.only):
        say(f"one query, {what}")
        sides = {"w2v": partial(one_by_one, ours, asked[:5])}
        if theirs is not None:
            sides["gensim"] = partial(one_by_one, theirs, asked[:5])
        yield Comparison("queries", f"one query, {what}", alternate(sides, args.rounds, 1), target={"gensim": 1})
    if wanted("many", args.only):
        say(f"{len(asked):,} queries, {what}")
        sides = {"w2v": partial(all_at_once, ours, asked)}
        if theirs is not None:
            sides["gensim"] = lambda: len(asked) * one_by_one(theirs, asked[:GENSIM_QUERIES])
        yield Comparison(
            "queries", f"{len(asked):,} queries in one call, {what}", alternate(sides, args.rounds),
            target={"gensim": 10}, note=f"gensim: {GENSIM_QUERIES} of them, one by one, taken for all",
        )  # fmt: skip


def both(words: list[str], matrix: np.ndarray, gensim: bool) -> tuple[KeyedVectors, Any]:
    """Ours and gensim's on one matrix; None for gensim's if it is left out."""
    ours = KeyedVectors.from_table(VectorTable(words, matrix))  # as `load` makes them
    if not gensim:
        return ours, None
    from gensim.models import KeyedVectors as GensimVectors

    theirs = GensimVectors(matrix.shape[1])
    theirs.vectors, theirs.index_to_key = matrix, words
    theirs.key_to_index = {word: number for number, word in enumerate(words)}
    return ours, theirs


def check(ours: KeyedVectors, theirs: Any, words: list[str]) -> None:
    """Both have the same neighbours, one by one and in one call. Raises `SideError`."""
    found = [[word for word, _ in ours.most_similar(asked)] for asked in words]
    many = [[word for word, _ in answer] for answer in ours.most_similar_many(words)]
    other = found if theirs is None else [[word for word, _ in theirs.most_similar(asked)] for asked in words]
    if not found == many == other:
        raise SideError("the neighbours are not the same on both sides; nothing is timed")


def one_by_one(vectors: Any, words: list[str]) -> float:
    """Seconds a query."""
    began = time.perf_counter()
    for word in words:
        vectors.most_similar(word)
    return (time.perf_counter() - began) / len(words)


def all_at_once(vectors: KeyedVectors, words: list[str]) -> float:
    """Seconds for all."""
    began = time.perf_counter()
    vectors.most_similar_many(words)
    return time.perf_counter() - began


def analogies(args: Namespace) -> Comparison:
    """`evaluate_word_analogies` of both; the questions are those of `--eval`, else made here in the same shape."""
    given = [path for path in args.eval if sniff_evaluation_file(path) == "analogies"]
    path = Path(given[0]) if given else made_questions(args.texts.folder / "questions.txt")
    share = QUICK_SHARE if args.quick else GENSIM_SHARE
    few = args.texts.folder / "few-questions.txt"
    n_asked, n_few = thinned(path, few, share)
    words, matrix = vocabulary(path)
    ours, theirs = both(words, matrix, args.gensim)
    scores = {}

    def side(name: str, vectors: Any, questions: Path, scale: float) -> float:
        began = time.perf_counter()
        scores[name] = vectors.evaluate_word_analogies(str(questions))[0]
        return scale * (time.perf_counter() - began)

    sides = {"w2v": partial(side, "w2v", ours, path, 1)}
    if theirs is not None:
        sides["gensim"] = partial(side, "gensim", theirs, few, n_asked / n_few)
    say(f"{n_asked:,} analogy questions among {len(words):,} words")
    seconds = alternate(sides, args.rounds)
    if "gensim" in seconds and abs(scores["gensim"] - ours.evaluate_word_analogies(str(few))[0]) > 1e-9:
        raise SideError("the analogy scores are not the same on both sides")
    notes = ["the words of the questions with random vectors" if given else "made up, as many as in questions-words"]
    notes += [f"gensim: every {share}th question, times {share}"] * ("gensim" in seconds) + ["same score"] * (
        "gensim" in seconds
    )
    return Comparison(
        "queries", f"{n_asked:,} analogy questions, vocabulary {len(words):,}, d = {SIZE}", seconds,
        target={"gensim": 50}, note=", ".join(notes),
    )  # fmt: skip


def made_questions(path: Path) -> Path:
    """Write questions of which each section asks every pair of its word pairs."""
    lines = []
    for section, n_pairs in enumerate(PAIRS):
        lines.append(f": section{section}")
        pairs = [f"a{section}.{number} b{section}.{number}" for number in range(n_pairs)]
        lines += [f"{left} {right}" for left in pairs for right in pairs if left != right]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def thinned(path: Path, few: Path, share: int) -> tuple[int, int]:
    """Write every `share`-th question to `few`; returns how many there are, and how many were written."""
    sections = read_questions(path)
    kept = [(section.name, section.questions[::share]) for section in sections]
    lines = [line for name, questions in kept for line in (f": {name}", *map(" ".join, questions))]
    few.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sum(len(section.questions) for section in sections), sum(len(questions) for _, questions in kept)


def vocabulary(path: Path) -> tuple[list[str], np.ndarray]:
    """The words of the questions among others, in random order. A pair's words differ by what its section has in
    common, and by noise, so that some questions are answered rightly and some are not.
    """
    rng = np.random.default_rng(1)
    rows: dict[str, np.ndarray] = {}
    for section in read_questions(path):
        offset = rng.standard_normal(SIZE)
        for question in section.questions:
            for left, right in (question[:2], question[2:]):
                start = rows.setdefault(left.lower(), rng.standard_normal(SIZE))
                rows.setdefault(right.lower(), start + offset + 2 * rng.standard_normal(SIZE))
    for number in range(ANALOGY_WORDS - len(rows)):
        rows[f"other{number}"] = rng.standard_normal(SIZE)
    words = list(rows)
    rng.shuffle(words)
    return words, np.array([rows[word] for word in words], dtype=np.float32)
