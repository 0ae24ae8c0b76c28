"""Loading and saving vectors, beside gensim: its own memory-mapped format, word2vec binary and word2vec text.

Files are in the page cache when they are loaded. Before a save the disk is idle and the file is not there; ours is on
the disk when `save` returns (fsync), gensim's is not. Of text gensim gets a tenth of the rows, and its time is taken
ten times.
"""

import os
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.sides import Comparison, alternate, say, wanted
from w2v.system.files import atomic_writer
from w2v.vectors.keyed_vectors import KeyedVectors

N_WORDS, SIZE = 400_000, 300
GENSIM_SHARE = 10  # of the rows of a text file gensim gets one in so many
DISK = "the disk alone"
TARGETS = {"load-binary": 5, "load-text": 5, "save-binary": 5, "save-text": 10}


def measure(args: Namespace) -> Iterator[Comparison]:
    """Rows `load-native`, `load-binary`, `load-text`, `save-native`, `save-binary`, `save-text`."""
    n_words = getattr(args, "file_words", N_WORDS)
    ours, theirs = both_vectors(n_words, args.gensim)
    part = both_vectors(max(1, n_words // GENSIM_SHARE), args.gensim)[1]
    for kind in ("native", "binary", "text"):
        if not any(wanted(f"{action}-{kind}", args.only) for action in ("save", "load")):
            continue
        peer, scale = (part, GENSIM_SHARE) if kind == "text" else (theirs, 1)
        folder = args.texts.folder / f"files-{kind}"
        folder.mkdir(exist_ok=True)
        paths = {"w2v": folder / "ours", "gensim": folder / "theirs"}
        savers = {"w2v": partial(save, ours, kind, paths["w2v"])}
        loaders = {"w2v": partial(load, KeyedVectors, kind, paths["w2v"])}
        if kind == "binary":
            savers[DISK] = partial(write_zeros, folder / "zeros", ours.vectors.nbytes)
        if peer is not None:
            savers["gensim"] = partial(save, peer, kind, paths["gensim"], scale)
            loaders["gensim"] = partial(load, type(peer), kind, paths["gensim"], scale)
        for action, sides in (("save", savers), ("load", loaders)):
            yield from compare(args, f"{action}-{kind}", sides, n_words)
            if action == "save":
                for save_one in savers.values():  # also where only loading is asked for
                    save_one()
        for path in folder.iterdir():
            path.unlink()


def compare(args: Namespace, key: str, sides: dict[str, Callable[[], float]], n_words: int) -> Iterator[Comparison]:
    """One row, if it is asked for."""
    if not wanted(key, args.only):
        return
    action, kind = key.split("-")
    say(f"{action} {n_words:,} x {SIZE}, {kind}")
    note = {
        "load-native": "memory-mapped on both sides; ours decodes the words when they are asked for",
        "load-text": "gensim: a tenth of the rows, times ten",
        "save-text": "ours waits for the disk; gensim: a tenth of the rows, times ten",
        "save-binary": "ours waits for the disk; the disk alone: as many zeros, written and waited for",
        "save-native": "ours waits for the disk",
    }.get(key, "")
    yield Comparison(
        "files", f"{action} {n_words:,} x {SIZE}, {'own format' if kind == 'native' else f'word2vec {kind}'}",
        alternate(sides, args.rounds, warm_up=1 if key == "load-native" else 0),
        target={"gensim": TARGETS[key]} if key in TARGETS else {},
        limit=0.05 if key == "load-native" else None, note=note,
    )  # fmt: skip


def both_vectors(n_words: int, gensim: bool) -> tuple[KeyedVectors, Any]:
    """The same vectors as ours and as gensim's, with counts; None for gensim's if it is left out."""
    words = [f"word{number}" for number in range(n_words)]
    matrix = np.random.default_rng(0).standard_normal((n_words, SIZE), np.float32)
    matrix *= np.float32(0.3)
    ours = KeyedVectors(SIZE)
    ours.index_to_key, ours.vectors = words, matrix
    ours.expandos["count"] = np.arange(n_words, 0, -1)
    if not gensim:
        return ours, None
    from gensim.models import KeyedVectors as GensimVectors

    theirs = GensimVectors(SIZE)
    theirs.add_vectors(words, matrix)
    theirs.expandos["count"] = np.arange(n_words, 0, -1)
    return ours, theirs


def save(vectors: Any, kind: str, path: Path, scale: int = 1) -> float:
    """Seconds to write a new file, the disk idle before."""
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    os.sync()
    began = time.perf_counter()
    if kind == "native":
        vectors.save(str(path))
    else:
        vectors.save_word2vec_format(str(path), binary=kind == "binary")
    return scale * (time.perf_counter() - began)


def write_zeros(path: Path, n_bytes: int) -> float:
    """Seconds to write as many bytes and to wait for the disk: what no synced save can be faster than."""
    path.unlink(missing_ok=True)
    os.sync()
    block = bytes(2 << 20)
    began = time.perf_counter()
    with atomic_writer(path) as file:
        for start in range(0, n_bytes, len(block)):
            file.write(block[: n_bytes - start])
    return time.perf_counter() - began


def load(kind_of_vectors: Any, kind: str, path: Path, scale: int = 1) -> float:
    """Seconds to read a file."""
    began = time.perf_counter()
    if kind == "native":
        vectors = kind_of_vectors.load(str(path), mmap="r")
    else:
        vectors = kind_of_vectors.load_word2vec_format(str(path), binary=kind == "binary")
    seconds = time.perf_counter() - began
    del vectors  # giving the memory back takes its time too
    return scale * seconds
