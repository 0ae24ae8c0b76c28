"""Small models: how large their files are, how soon they answer, and what their answers lose.

One skip-gram model with n-grams (d = 100, 5 epochs) is kept in several ways (`w2v convert --dtype --max-words
--prune-buckets`), each a column. Neighbours are those of `ASKED` words, and of `ASKED` words that were never met, among
the 30,000 commonest words: the share of the 10 of the whole model that are among the 10 of the small one.
"""

import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.accuracy import RESTRICT
from bench.sides import Comparison, Figure, Row, SideError, alternate, say
from bench.subwords import read_words, scores, spoken, trained_model
from w2v.vectors.subword_vectors import SubwordVectors

ASKED, TOP = 500, 10
WHOLE = "all"
WAYS: dict[str, dict[str, Any]] = {
    "float32": {"dtype": "float32"},
    "float16": {"dtype": "float16"},
    "int8": {"dtype": "int8"},
    "int8, 100,000 n-grams": {"dtype": "int8", "prune_buckets": 100_000},
    "int8, 30,000 words, 50,000 n-grams": {"dtype": "int8", "max_words": 30_000, "prune_buckets": 50_000},
    "int8, 30,000 words, 10,000 n-grams": {"dtype": "int8", "max_words": 30_000, "prune_buckets": 10_000},
}


def measure(args: Namespace) -> Iterator[Row]:
    """A row for each measure."""
    if not args.eval:
        raise SideError("small needs evaluation files: --eval questions-words.txt wordsim353.tsv ...")
    folder = args.texts.folder
    say("training a model with n-grams")
    whole = trained_model("sg", 100, args.epochs, args.seeds[0], args.texts.whole.path).wv
    files = {WHOLE: folder / "all.w2v"}
    whole.save(files[WHOLE])
    for name, settings in WAYS.items():
        files[name] = folder / f"{name}.w2v"
        whole.save(files[name], **settings)
    yield Figure("small", "size", {n: [p.stat().st_size / 1e6] for n, p in files.items()}, "MB", ours=WHOLE)
    seconds = alternate({name: first_answer(path) for name, path in files.items()}, args.rounds, warm_up=1)
    yield Comparison("small", "loading, and the neighbours of one word", seconds, ours=WHOLE)
    unseen = sorted(word for word in read_words(args.eval) if word not in whole.key_to_index)[:ASKED]
    known = whole.index_to_key[:: RESTRICT // ASKED][:ASKED]
    found: dict[str, dict[str, list[float]]] = {}
    for name, path in files.items():
        say(f"answers of {name}")
        model = SubwordVectors.load(path)
        measured = scores(spoken(model, read_words(args.eval)), args.eval)
        for what, words in (("words", known), ("unseen words", unseen)):
            measured[f"neighbours of {what} kept"] = 100 * kept(whole, model, words)
        for what, value in measured.items():
            found.setdefault(what, {})[name] = [value]
    for what, values in found.items():
        unit = "× 100" if Path(what).stem in {Path(path).stem for path in args.eval} else "%"
        yield Figure("small", what, values, unit, ours=WHOLE)


def first_answer(path: Path) -> Callable[[], float]:
    """Seconds until a file has answered."""

    def run() -> float:
        began = time.perf_counter()
        SubwordVectors.load(path).most_similar("king")
        return time.perf_counter() - began

    return run


def kept(whole: SubwordVectors, model: SubwordVectors, words: list[str]) -> float:
    """The share of neighbours that stay; a word without a vector in the small model keeps none."""
    shares = []
    for word in words:
        right = {key for key, _ in whole.most_similar(word, topn=TOP, restrict_vocab=RESTRICT)}
        there = word in model
        found = model.most_similar(word, topn=TOP, restrict_vocab=RESTRICT) if there else []
        shares.append(len(right & {key for key, _ in found}) / TOP)
    return float(np.mean(shares))
