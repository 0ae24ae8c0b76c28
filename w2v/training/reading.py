"""A model's corpus, read: with its settings, its vocabulary where it has one, and who is told of it."""

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from w2v.config import TextConfig
from w2v.corpus.encode import EncodedCorpus, encode_corpus
from w2v.corpus.sources import is_paths
from w2v.corpus.vocabulary import NO_RULES, Rules, Vocabulary
from w2v.system.compression import COMPRESSION_SUFFIXES
from w2v.system.wording import quantity
from w2v.training.listeners import Progress

logger = logging.getLogger("w2v")


def read_corpus(
    model: Any,
    source: Any,
    progress: Progress,
    vocab: Vocabulary | None = None,
    extends: bool = False,
    folder: str | Path | None = None,
    rules: Rules = NO_RULES,
) -> EncodedCorpus:
    """`encode_corpus` with the settings of a `TrainingState`: min-count and max-vocab choose words only where they are
    not the model's own already."""
    began = time.monotonic()
    config = model.keeping_all() if vocab is not None and vocab is model.vocab and not extends else model.config
    step = model.phrase_step(vocab is None)
    with shown_reading(progress, source, model.text):
        corpus = encode_corpus(source, model.text, config, vocab, folder, progress.read, extends, rules, step)
    model.take_phrases(step)
    progress.has_read(corpus.ledger.n_stream)
    n_bare = corpus.n_sentences_read - corpus.n_sentences
    bare = f" ({n_bare:,} without a word that is kept)" if n_bare else ""
    amounts = f"{quantity(corpus.ledger.n_read, 'token')}, {quantity(corpus.n_sentences_read, 'sentence')}{bare}"
    logger.info(
        "%s", f"read {amounts} in "
        f"{time.monotonic() - began:.1f} s; vocabulary {quantity(len(corpus.vocab), 'word')}"
    )  # fmt: skip
    return corpus


@contextlib.contextmanager
def shown_reading(progress: Progress, source: Any, text: TextConfig) -> Iterator[None]:
    """Show the reading of a source, whose steps `progress.read` is told of, while the `with` statement lasts."""
    progress.reading(*_amount(source, text))
    try:
        yield
    finally:
        progress.close()


def _amount(source: Any, text: TextConfig) -> tuple[int | None, str]:
    """How much there is to read, if that is known, and in what it is counted."""
    if not is_paths(source):
        return len(source) if hasattr(source, "__len__") else None, " sentences"
    sizes = [os.path.getsize(path) if os.path.isfile(path) else 0 for path in source]
    is_packed = any(os.fspath(path).endswith(tuple(COMPRESSION_SUFFIXES)) for path in source)
    # A file's end counts as a byte.
    return sum(sizes) + len(sizes) if all(sizes) and not is_packed and not text.columns else None, "B"
