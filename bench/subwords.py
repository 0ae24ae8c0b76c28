"""Vectors of n-grams beside fastText's at its settings: analogies, word similarity, rare words, and unseen words.

`HELD` words of middling frequency are taken out of the text and both programs train on the rest, with several seeds.
The vectors that they compose for the words they never met are compared with those of a model of the same program that
met them (one seed, whole text), after a rotation fitted on the shared words: cosine, and the rank of the true word's
vector among the whole vocabulary's. Beside it stands what known words as rare have, whose vectors two trainings do not
agree in either. d = 100 and 200, window 5, negative 5, sample 1e-4, alpha .05, min-count 5, n-grams
of 3 to 6 characters, 2,000,000 buckets; `--alpha` is ours alone. `--models FOLDER` keeps what was trained and takes
what is there, so that a run may be cut.
"""

import json
import re
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bench.accuracy import RESTRICT
from bench.peers import NEGATIVE, NGRAMS, SAMPLE, WINDOW
from bench.programs import python, run_program
from bench.sides import FAILURES, Figure, SideError, say, wanted
from bench.texts import Texts, sentences
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.evaluation.alignment import align
from w2v.evaluation.questions import read_questions, read_similarity, sniff_evaluation_file
from w2v.evaluation.scoring import evaluate_analogies, evaluate_similarity
from w2v.formats.vector_files import VectorTable
from w2v.training.model import Word2Vec
from w2v.vectors.subword_vectors import SubwordVectors

HELD, LEAST, MOST = 500, 20, 500  # words that are taken out, and how often they may occur
ALPHA = 0.05
AGREEMENT = "known words as rare, cosine of both models' vectors"  # what a second training of a word reaches
GRID = [f"{model}-{size}" for size in (100, 200) for model in ("sg", "cbow")]

_FASTTEXT = """
import fasttext, json, numpy, sys
settings, asked, out = json.loads(sys.argv[1]), json.loads(open(sys.argv[2]).read()), sys.argv[3]
fasttext.FastText.unsupervised_default["seed"] = settings.pop("seed")  # not a keyword argument of every version
model = fasttext.train_unsupervised(**settings)
words = [word for word in model.get_words() if word != "</s>"]
known = set(words)
composed = [word for word in asked if word not in known]
vectors = numpy.array([model.get_word_vector(word) for word in words + composed], "f")
numpy.savez(out, words=numpy.array(words), composed=numpy.array(composed), vectors=vectors)
"""


class Spoken(NamedTuple):
    """The vectors of one model: of its vocabulary, then of the words that it was asked for and composed."""

    words: list[str]
    composed: list[str]
    vectors: NDArray[np.float32]  # (words + composed, d)

    @property
    def known(self) -> VectorTable:
        """Those of the vocabulary."""
        return VectorTable(self.words, self.vectors[: len(self.words)])


class Run(NamedTuple):
    """One model to train."""

    model: str
    size: int
    epochs: int
    seed: int
    part: str  # "held" or "whole"
    alpha: float = ALPHA

    def name(self, side: str) -> str:
        """Of its file."""
        alpha = f"-{self.alpha:g}" * (self.alpha != ALPHA)
        return f"{side}-{self.model}-{self.size}-{self.epochs}-{self.part}-{self.seed}{alpha}.npz"


def measure(args: Namespace) -> Iterator[Figure]:
    """A row for each setting and measure."""
    if not args.eval:
        raise SideError("subwords needs evaluation files: --eval questions-words.txt wordsim353.tsv ...")
    kept = args.models or args.texts.folder
    kept.mkdir(parents=True, exist_ok=True)
    held, others, text = hold_out(args.texts, read_words(args.eval))
    asked = sorted({*held, *read_words(args.eval)})
    (kept / "asked.json").write_text(json.dumps(asked))
    texts = {"held": text, "whole": args.texts.whole.path}
    sides: dict[str, Callable[[Run, Path, Path], None]] = {"w2v": train_w2v}
    if args.wheel:
        sides["fasttext-wheel"] = train_fasttext
    for key in [key for key in GRID if wanted(key, args.only)]:
        model, size = key.split("-")
        found: dict[str, dict[str, list[float]]] = {}
        for side, train in sides.items():
            alpha = args.alpha if args.alpha and side == "w2v" else ALPHA
            runs = [Run(model, int(size), args.epochs, seed, "held", alpha) for seed in args.seeds]
            try:
                *made, whole = (
                    trained(side, train, run, texts[run.part], kept) for run in [*runs, runs[0]._replace(part="whole")]
                )
            except FAILURES as error:
                say(f"{side} is left out: {error}")
                continue
            for one in made:
                for measure, value in {**scores(one, args.eval), **unseen(one, whole, held, others)}.items():
                    found.setdefault(measure, {}).setdefault(side, []).append(value)
        for measure, values in found.items():
            scale = "%" if measure.endswith("tic") else "× 100"
            note = f"{args.epochs} epochs, {len(args.seeds)} seeds"
            ours = f" (w2v: alpha {args.alpha:g})" if args.alpha else ""
            what = f"n-grams, {model}, d = {size}{ours}: {measure}"
            target = "" if measure == AGREEMENT else "fasttext-wheel"
            yield Figure("subwords", what, values, scale, not_below=target, note=note)


def trained(side: str, train: Callable[[Run, Path, Path], None], run: Run, text: Path, kept: Path) -> Spoken:
    """The vectors of one model, trained unless they are there."""
    path = kept / run.name(side)
    if not path.exists():
        say(f"training {path.stem}")
        part = path.with_suffix(".part.npz")
        train(run, text, part)
        part.rename(path)
    with np.load(path) as arrays:
        return Spoken(arrays["words"].tolist(), arrays["composed"].tolist(), arrays["vectors"])


def train_w2v(run: Run, text: Path, out: Path) -> None:
    """Ours."""
    wv = trained_model(run.model, run.size, run.epochs, run.seed, text, run.alpha).wv
    made = spoken(wv, set(json.loads((out.parent / "asked.json").read_text())))
    np.savez(out, words=np.array(made.words), composed=np.array(made.composed), vectors=made.vectors)


def spoken(model: SubwordVectors, asked: set[str]) -> Spoken:
    """The vectors of a model's vocabulary and of the words asked for that it composes."""
    composed = sorted(word for word in asked if model.is_composed(word))
    vectors = np.vstack([np.asarray(model.matrix, np.float32), *(model[word] for word in composed)])
    return Spoken(list(model.index_to_key), composed, vectors)


def trained_model(model: str, size: int, epochs: int, seed: int, text: Path, alpha: float = ALPHA) -> Word2Vec:
    """A model with n-grams at fastText's settings."""
    settings: dict[str, Any] = {"window": WINDOW, "negative": NEGATIVE, "sample": SAMPLE, "alpha": alpha, **NGRAMS}
    config = TrainConfig(model=model, vector_size=size, epochs=epochs, threads=2, seed=seed, **settings)
    made = Word2Vec.from_config(config)
    with encode_corpus([str(text)], TextConfig(), config) as encoded:
        made.prepare(encoded)
        made.run(encoded)
    return made


def train_fasttext(run: Run, text: Path, out: Path) -> None:
    """fastText's wheel, in a process of its own."""
    settings = {
        "input": str(text), "model": "skipgram" if run.model == "sg" else "cbow", "dim": run.size, "ws": WINDOW,
        "neg": NEGATIVE, "t": SAMPLE, "lr": ALPHA, "epoch": run.epochs, "thread": 2, "seed": run.seed, "minCount": 5,
        "minn": NGRAMS["min_n"], "maxn": NGRAMS["max_n"], "bucket": NGRAMS["bucket"], "verbose": 0,
    }  # fmt: skip
    command = python(_FASTTEXT, json.dumps(settings), str(out.parent / "asked.json"), str(out))
    run_program("fasttext-wheel", command)


def hold_out(texts: Texts, spared: set[str]) -> tuple[list[str], list[str], Path]:
    """The words that are taken out, others that might have been, and the text without the former. spared: the words of
    evaluation files."""
    counts = zip(texts.vocab.words, texts.vocab.counts.tolist(), strict=True)
    able = [
        word for word, count in counts if LEAST <= count <= MOST and re.fullmatch("[a-z]{5,}", word)
        and word not in spared
    ]  # fmt: skip
    able.sort(key=lambda word: crc32(word.encode()))
    held, others = able[:HELD], able[HELD:]
    if not others:
        raise SideError(f"only {len(held)} words can be taken out of this text; a text of some 20 MB has enough")
    out, path = {word.encode() for word in held}, texts.folder / "held.txt"
    with open(path, "wb") as file:
        for sentence in sentences(texts.corpus):
            file.write(b" ".join(word for word in sentence if word not in out) + b"\n")
    return held, others, path


def read_words(files: list[str]) -> set[str]:
    """All words of evaluation files."""
    found: set[str] = set()
    for path in files:
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            found.update(word.lower() for word in line.split() if word.isalpha() and not line.startswith((":", "#")))
    return found


def scores(made: Spoken, files: list[str]) -> dict[str, float]:
    """Analogies among the 30,000 commonest words by kind, percent right of those answered; similarity with composed
    words, ρ × 100."""
    found: dict[str, float] = {}
    for path in files:
        if sniff_evaluation_file(path) == "analogies":
            report = evaluate_analogies(*made.known[:2], read_questions(path), restrict_vocab=RESTRICT)
            for kind in ("semantic", "syntactic"):
                found[f"{Path(path).stem} {kind}"] = 100 * (getattr(report, kind).of_answered or 0.0)
        else:
            words = made.words + made.composed
            pairs = evaluate_similarity(words, made.vectors, read_similarity(path), restrict_vocab=None)
            found[Path(path).stem] = 100 * pairs.spearman.statistic
    return found


def unseen(made: Spoken, whole: Spoken, held: list[str], others: list[str]) -> dict[str, float]:
    """How near composed vectors come to those of a model that met the words, × 100: mean cosine after the rotation, the
    same less each vocabulary's mean vector (in a model that learned little all vectors are alike), and mean 1 / rank.

    Two trainings do not agree in words that both met either, the less the more they learned from each: `others` are
    such words, as rare as those held out, and the cosine is also given as a share of theirs.
    """
    rotation, _ = align(whole.known, made.known)
    places = {word: place for place, word in enumerate(whole.words)}
    places_made = {word: place for place, word in enumerate(made.words + made.composed)}

    def both(words: list[str]) -> tuple[NDArray[np.floating], list[int]]:
        """Their turned vectors and their places among the true ones, of those that are in both models."""
        words = [word for word in words if word in places and word in places_made]
        return made.vectors[[places_made[word] for word in words]] @ rotation, [places[word] for word in words]

    (turned, true), (turned_others, true_others) = both(held), both(others)
    targets = unit(whole.known.vectors)
    cosines = unit(turned) @ targets.T
    rows = np.arange(len(true))
    ranks = 1 + np.sum(cosines > cosines[rows, true][:, None], axis=1)
    centred = unit(turned - np.mean(made.known.vectors, axis=0) @ rotation)
    targets_centred = unit(whole.vectors[true] - np.mean(whole.known.vectors, axis=0))
    cosine = float(np.mean(cosines[rows, true]))
    agreement = float(np.mean(np.sum(unit(turned_others) * targets[true_others], axis=1)))
    return {
        "unseen words, cosine with the true vector": 100 * cosine,
        "unseen words, the same of centred vectors": 100 * float(np.mean(np.sum(centred * targets_centred, axis=1))),
        "unseen words, 1 / rank of the true vector": 100 * float(np.mean(1 / ranks)),
        AGREEMENT: 100 * agreement,
        "unseen words, the cosine as a share of theirs": 100 * cosine / agreement,
    }


def unit(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rows of length 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
