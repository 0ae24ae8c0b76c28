"""Text classification beside fastText's supervised mode, on labelled documents that are given by path.

Reading the documents, training and nothing else is timed, in one process for both. Both train embeddings of 100
dimensions together with the labels, 10 epochs, learning rate .5, words as they are, then words and pairs of words.
"""

import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from bench.sides import Comparison, Figure, SideError, alternate, say, wanted
from w2v.classify.checkpoint import classifier_checkpoints
from w2v.classify.classifier import cutter
from w2v.classify.config import ClassifyConfig
from w2v.classify.documents import DocumentLayout, read_documents
from w2v.classify.features import read_tokens
from w2v.classify.format import save_classifier
from w2v.classify.training import train_classifier
from w2v.config import TextConfig

EPOCHS, RATE, SIZE = 10, 0.5, 100


def measure(args: Namespace) -> Iterator[Comparison | Figure]:
    """For 1 and 2 threads, and n-grams of 1 and 2 words: times, then accuracy and size of the models."""
    if not args.labelled:
        raise SideError("classify needs labelled documents, lines that begin with __label__NAME: --labelled TRAIN TEST")
    train, test = args.labelled
    for n_grams, threads in product((1, 2), (1, 2)):
        key = f"grams{n_grams}-{threads}"
        if not wanted(key, args.only):
            continue
        grams = "words" if n_grams == 1 else "words and pairs of words"
        what = f"{Path(train).stem}, {grams}, {threads} thread" + "s" * (threads > 1)
        say(f"classify: {what}")
        models: dict[str, list[Any]] = {}
        sides = {"w2v": partial(ours, train, n_grams, threads, models)}
        if args.wheel:
            sides["fasttext-wheel"] = partial(theirs, train, n_grams, threads, models)
        yield Comparison("classify", f"reading and training: {what}", alternate(sides, args.rounds, 1))
        yield Figure("classify", f"accuracy: {what}", {side: [scores[side](model, test) for model in found]
                                                       for side, found in models.items()}, "%",
                     not_below="fasttext-wheel")  # fmt: skip
        yield Figure("classify", f"size of the model: {what}", {side: [size(side, found[-1])]
                                                                for side, found in models.items()}, "MB")  # fmt: skip


def ours(train: str, n_grams: int, threads: int, models: dict[str, list[Any]]) -> float:
    """Seconds; the model is put with the others."""
    config = ClassifyConfig(finetune=True, epochs=EPOCHS, lr=RATE, dim=SIZE, word_ngrams=n_grams, threads=threads,
                            seed=1 + len(models.get("w2v", [])))  # fmt: skip
    text, began = TextConfig(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        tokens = read_tokens(read_documents(train, DocumentLayout()), cutter(text))
        model = train_classifier(tokens, config, text, classifier_checkpoints(Path(folder) / "checkpoint", False))
    seconds = time.perf_counter() - began
    models.setdefault("w2v", []).append(model)
    return seconds


def theirs(train: str, n_grams: int, threads: int, models: dict[str, list[Any]]) -> float:
    """The same with fastText, whose buckets are as many as ours where it has n-grams of words."""
    import fasttext

    began = time.perf_counter()
    model = fasttext.train_supervised(
        train, epoch=EPOCHS, lr=RATE, dim=SIZE, wordNgrams=n_grams, thread=threads, minCount=1, verbose=0,
        bucket=ClassifyConfig().buckets if n_grams > 1 else 0,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    models.setdefault("fasttext-wheel", []).append(model)
    return seconds


def our_score(model: Any, test: str) -> float:
    """Percent of documents whose likeliest label is right."""
    return 100 * model.test(read_documents(test, DocumentLayout())).accuracy


def their_score(model: Any, test: str) -> float:
    """The same."""
    return 100 * model.test(test)[1]


scores = {"w2v": our_score, "fasttext-wheel": their_score}


def size(side: str, model: Any) -> float:
    """Megabytes of the saved model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        if side == "w2v":
            save_classifier(path, model)
        else:
            model.save_model(str(path))
        return path.stat().st_size / 1e6
