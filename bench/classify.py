"""Text classification beside fastText's supervised mode, on labelled documents that are given by path.

Each run is a process of its own. Two times are taken of it: of the whole process, from its start to the saved model,
and of the call in it that reads the documents and trains. Both sides train embeddings of 100 dimensions together with
the labels, 10 epochs, learning rate .5, words as they are, then words and pairs of words: `w2v` is fastText's method
(all words alike, all pairs, 2,000,000 buckets, float32), `w2v, its defaults` is what `w2v classify train` does.
"""

import itertools
import json
import tempfile
from argparse import Namespace
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from bench.programs import ONE_THREAD, python, run_program
from bench.sides import OURS, Comparison, Figure, SideError, alternate, say, wanted
from w2v.classify.documents import DocumentLayout, read_documents
from w2v.classify.format import load_classifier

THEIRS, DEFAULTS = "fasttext-wheel", f"{OURS}, its defaults"
EPOCHS, RATE, SIZE, BUCKETS = 10, 0.5, 100, 2_000_000
FASTTEXTS: dict[str, Any] = {
    "lr": RATE, "weights": "uniform", "ngram_min_count": 1, "buckets": BUCKETS, "dtype": "float32",
}  # fmt: skip
OUR_RUN = """
import json, sys, time
from w2v.classify.checkpoint import classifier_checkpoints
from w2v.documents.texts import Cutter
from w2v.classify.config import ClassifyConfig
from w2v.classify.documents import DocumentLayout, read_documents
from w2v.classify.features import read_tokens
from w2v.classify.format import save_classifier
from w2v.classify.training import train_classifier
from w2v.config import TextConfig
documents, output, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
config, text, began = ClassifyConfig(finetune=True, **settings), TextConfig(), time.perf_counter()
tokens = read_tokens(read_documents(documents, DocumentLayout()), Cutter(text))
model = train_classifier(tokens, config, text, classifier_checkpoints(output + ".checkpoint", False))
seconds = time.perf_counter() - began
save_classifier(output, model)
print()
print(seconds)
"""
THEIR_RUN = """
import json, sys, time
import fasttext
documents, output, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
began = time.perf_counter()
model = fasttext.train_supervised(documents, minCount=1, verbose=0, **settings)
seconds = time.perf_counter() - began
model.save_model(output)
print()
print(seconds)
"""


def measure(args: Namespace) -> Iterator[Comparison | Figure]:
    """For 1 and 2 threads, and n-grams of 1 and 2 words: both times, then accuracy and size of the models."""
    if not args.labelled:
        raise SideError("classify needs labelled documents, lines that begin with __label__NAME: --labelled TRAIN TEST")
    train, test = args.labelled
    with tempfile.TemporaryDirectory() as folder:
        _compile(train, folder)
        for n_grams, threads in product((1, 2), (1, 2)):
            if wanted(f"grams{n_grams}-{threads}", args.only):
                yield from _rows(Path(train), test, folder, n_grams, threads, args)


def _rows(
    train: Path, test: str, folder: str, n_grams: int, threads: int, args: Namespace
) -> Iterator[Comparison | Figure]:
    grams = "words" if n_grams == 1 else "words and pairs of words"
    what = f"{train.stem}, {grams}, {threads} thread" + "s" * (threads > 1)
    say(f"classify: {what}")
    found = Runs(str(train), test, folder)
    shared = {"epochs": EPOCHS, "dim": SIZE, "word_ngrams": n_grams, "threads": threads}
    sides = {OURS: partial(found.ours, OURS, {**shared, **FASTTEXTS}), DEFAULTS: partial(found.ours, DEFAULTS, shared)}
    if args.wheel:
        sides[THEIRS] = partial(
            found.theirs,
            {"epoch": EPOCHS, "lr": RATE, "dim": SIZE, "wordNgrams": n_grams, "thread": threads,
             "bucket": BUCKETS if n_grams > 1 else 0},
        )  # fmt: skip
    whole = alternate(sides, args.rounds)
    calls = {side: found.calls[side] for side in whole}
    yield Comparison("classify", f"whole process, start to saved model: {what}", whole)
    yield Comparison("classify", f"the call that reads and trains: {what}", calls)
    yield Figure("classify", f"accuracy: {what}", {side: found.scores[side] for side in whole}, "%", not_below=THEIRS)
    yield Figure("classify", f"size of the model: {what}", {side: found.sizes[side] for side in whole}, "MB")


class Runs:
    """Runs on one set, and what they found, by side: seconds of the call, percent of documents whose likeliest label is
    right, megabytes of the model's file."""

    def __init__(self, train: str, test: str, folder: str) -> None:
        self.train, self.test, self.output = train, test, Path(folder) / "model"
        self.calls: dict[str, list[float]] = defaultdict(list)
        self.scores: dict[str, list[float]] = defaultdict(list)
        self.sizes: dict[str, list[float]] = defaultdict(list)

    def ours(self, side: str, settings: dict[str, Any]) -> float:
        """Seconds of the process."""
        seconds = self._run(side, OUR_RUN, {**settings, "seed": 1 + len(self.calls[side])})
        documents = read_documents(self.test, DocumentLayout())
        self.scores[side].append(100 * load_classifier(self.output).test(documents).accuracy)
        return seconds

    def theirs(self, settings: dict[str, Any]) -> float:
        """The same with fastText."""
        import fasttext

        seconds = self._run(THEIRS, THEIR_RUN, settings)
        self.scores[THEIRS].append(100 * fasttext.load_model(str(self.output)).test(self.test)[1])
        return seconds

    def _run(self, side: str, code: str, settings: dict[str, Any]) -> float:
        done = run_program(side, python(code, self.train, str(self.output), json.dumps(settings)), ONE_THREAD)
        self.calls[side].append(float(done.output.split()[-1]))
        self.sizes[side].append(self.output.stat().st_size / 1e6)
        return done.seconds


def _compile(train: str, folder: str) -> None:
    """Have our kernel compiled before it is timed."""
    path = Path(folder) / "few.txt"
    with open(train, encoding="utf-8") as lines:
        path.write_text("".join(itertools.islice(lines, 200)), encoding="utf-8")
    run_program(OURS, python(OUR_RUN, str(path), f"{path}.model", json.dumps({"epochs": 1})))
