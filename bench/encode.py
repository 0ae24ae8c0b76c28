"""Documents to vectors, beside a loop over gensim's vectors and model2vec, all on the same vectors.

python -m bench encode corpus.txt --model corpus.w2v
"""

import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bench.sides import Comparison, SideError, alternate, say
from w2v.formats.model2vec import FORMAT
from w2v.vectors.keyed_vectors import KeyedVectors

N_DOCUMENTS, N_GENSIM, N_MODEL2VEC = 200_000, 8_000, 40_000  # a round; the others are slower
LENGTHS = (5, 40)  # words of a document


def measure(args: Namespace) -> Iterator[Comparison]:
    """A row for all."""
    if args.model is None:
        raise SideError("encode needs vectors: --model corpus.w2v")
    vectors, texts = KeyedVectors.load(args.model), documents(args.texts.whole.path)
    sides: dict[str, Callable[[], float]] = {"w2v": rate(vectors.encode, texts, len(texts))}
    expected = vectors.encode(texts[:100])
    if args.gensim:
        loop = gensim_loop(vectors)
        sides["gensim"] = rate(loop, texts, N_GENSIM)
        check(loop(texts[:100]), expected)
    try:
        from model2vec import StaticModel
    except ImportError as error:
        say(f"model2vec is left out: {error}")
    else:
        with tempfile.TemporaryDirectory(dir=args.texts.folder) as folder:
            FORMAT.write(f"{folder}/model", vectors.to_table())
            static = StaticModel.from_pretrained(f"{folder}/model")
        check(static.encode(texts[:100]), expected)
        sides["model2vec"] = rate(static.encode, texts, N_MODEL2VEC)
    what = f"{len(texts):,} documents of {LENGTHS[0]} to {LENGTHS[1]} words to vectors, d = {vectors.vector_size}"
    yield Comparison(
        "encode", what, alternate(sides, args.rounds, 1), work=len(texts), unit="documents/s",
        target={"gensim": 10, "model2vec": 1}, note="the others: fewer documents, taken for all",
    )  # fmt: skip


def documents(path: Any) -> list[str]:
    """Pieces of a text, of so many words each."""
    with open(path, encoding="utf-8", errors="replace") as file:
        words = file.read(N_DOCUMENTS * sum(LENGTHS) * 4).split()
    lengths, found, start = np.random.default_rng(0).integers(*LENGTHS, N_DOCUMENTS), [], 0
    for length in lengths.tolist():
        if start + length > len(words):
            break
        found.append(" ".join(words[start : start + length]))
        start += length
    return found


def gensim_loop(vectors: KeyedVectors) -> Callable[[list[str]], np.ndarray]:
    """The page of glue that everyone writes."""
    from gensim.models import KeyedVectors as GensimVectors

    theirs = GensimVectors(vectors.vector_size)
    theirs.vectors, theirs.index_to_key = np.array(vectors.matrix), list(vectors.index_to_key)
    theirs.key_to_index = dict(vectors.key_to_index)

    def encode(texts: list[str]) -> np.ndarray:
        return np.array([np.mean([theirs[w] for w in text.split() if w in theirs], axis=0) for text in texts])

    return encode


def rate(encode: Callable[[list[str]], Any], texts: list[str], n: int) -> Callable[[], float]:
    """Encodes the first `n` texts; the seconds that all would take."""
    some = texts[:n]

    def run() -> float:
        began = time.perf_counter()
        encode(some)
        return (time.perf_counter() - began) * len(texts) / len(some)

    return run


def check(found: Any, expected: np.ndarray) -> None:
    """Raises `SideError` where they differ."""
    if not np.allclose(found, expected, atol=1e-5):
        raise SideError("the vectors are not the same on both sides; nothing is timed")
