"""What `w2v info` says of a vector file or a corpus."""

import argparse
import dataclasses
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from w2v.config import TextConfig, TrainConfig
from w2v.errors import W2VError
from w2v.formats import VectorTable, read_vectors, sniff_format

_MIN_COUNTS = (1, 2, 3, 5, 10, 20, 50, 100)
_WORD_BYTES = 130  # a word, its count and its place in a dictionary, in Python
_TRIAL_SECONDS = 1.0


def describe_file(path: str, args: argparse.Namespace, text: TextConfig) -> str:
    """A few lines on a model or a corpus, told apart by their bytes. Raises `W2VError` for neither."""
    if path != "-" and os.path.isfile(path):
        try:
            kind = sniff_format(path)
        except W2VError:
            kind = None
        if kind is not None:
            return "\n".join(_about_vectors(path, kind, read_vectors(path)))
    return "\n".join(_about_corpus(path, args, text))


def _about_vectors(path: str, kind: str, table: VectorTable) -> Iterator[str]:
    n_words, size = table.vectors.shape
    yield f"{path}: {kind} vectors, {n_words:,} words x {size}, {os.path.getsize(path):,} bytes"
    if n_words:
        yield f"words: {', '.join(str(key) for key in table.keys[:8])} ... {table.keys[n_words - 1]}"
    if table.counts is not None:
        total, most, least = (int(value) for value in (table.counts.sum(), table.counts.max(), table.counts.min()))
        yield f"counts: {total:,} tokens, from {most:,} to {least:,} a word"
    if table.output_vectors is not None:
        yield f"output vectors: {len(table.output_vectors):,} x {size}; training can go on from this file"
    for part in ("config", "text", "corpus", "versions"):
        if table.metadata.get(part):
            yield f"{part}: {json.dumps(table.metadata[part], ensure_ascii=False)}"
    if table.metadata.get("epochs"):
        losses = [epoch[0] / max(epoch[1], 1) for epoch in table.metadata["epochs"]]
        yield f"loss per pair by epoch: {', '.join(f'{loss:.4f}' for loss in losses)}"


def _about_corpus(path: str, args: argparse.Namespace, text: TextConfig) -> Iterator[str]:
    """Counts everything with min-count 1, then times a second of training for the forecast."""
    from w2v.cli import train_config
    from w2v.corpus import encode_corpus

    config = train_config(args)
    config.validate()
    everything = dataclasses.replace(config, min_count=1, max_vocab=None)
    with encode_corpus([path], text, everything) as corpus:
        counts, n_read = corpus.vocab.counts, corpus.ledger.n_read
        yield f"{path}: {n_read:,} tokens, {len(counts):,} different words, {corpus.n_sentences:,} sentences"
        yield f"longest sentence: {corpus.longest_sentence:,} tokens (all are trained, nothing is cut)"
        if corpus.ledger.n_undecodable_bytes:
            yield f"undecodable: {corpus.ledger.n_undecodable_bytes:,} bytes in {corpus.ledger.n_undecodable:,} tokens"
        top = zip(corpus.vocab.words[:8], counts[:8], strict=True)
        yield f"commonest: {', '.join(f'{word} {n:,}' for word, n in top)}"
        yield from _warnings(corpus.vocab.words, counts)
        yield "--min-count      words            tokens kept"
        for min_count in sorted({*_MIN_COUNTS, config.min_count}):
            kept = counts[counts >= min_count]
            mark = "  <- this setting" if min_count == config.min_count else ""
            yield f"{min_count:>11} {len(kept):>10,} {int(kept.sum()):>15,} {kept.sum() / n_read:7.2%}{mark}"
        n_words = int((counts >= config.min_count).sum())
        if n_words >= 2:
            yield _memory_forecast(n_words, corpus.ledger.n_stream, config)
            yield _time_forecast(corpus, n_words, config)


def _warnings(words: list[Any], counts: np.ndarray) -> Iterator[str]:
    mean_length = np.average([len(str(word)) for word in words[:10_000]], weights=counts[:10_000])
    if mean_length < 1.5:
        yield "warning: most tokens are single characters; is the text split into letters?"
    if mean_length > 25:
        yield "warning: tokens are very long; is the text split at white space?"


def _memory_forecast(n_words: int, n_tokens: int, config: TrainConfig) -> str:
    from w2v.simd import padded

    megabytes = (2 * 4 * padded(config.vector_size) + _WORD_BYTES) * n_words / 1e6
    return (
        f"memory to train {n_words:,} words x {config.vector_size}: {megabytes:,.0f} MB for both "
        "matrices and the vocabulary; "
        f"temporary disk space {8 * n_tokens / 1e6:,.0f} MB"
    )


def _time_forecast(corpus: Any, n_words: int, config: TrainConfig) -> str:
    """Words per second of a real trial on this corpus and machine, taken after compilation."""
    from w2v import trainer

    stream = np.where(corpus.ids[: 20 * trainer.MAX_CHUNK] < n_words, corpus.ids[: 20 * trainer.MAX_CHUNK], -1).astype(
        np.int32
    )
    counts = corpus.vocab.counts[:n_words]
    weights = trainer.initial_weights(n_words, config)
    schedule = trainer.Schedule(config.start_alpha, config.min_alpha, 1, len(stream))
    trainer.train(stream[:1000], counts, weights, config, schedule)  # compiles
    began, n_done = time.monotonic(), 0
    while n_done == 0 or time.monotonic() - began < _TRIAL_SECONDS:
        trainer.train(stream, counts, weights, config, schedule)
        n_done += len(stream)
    rate = n_done / (time.monotonic() - began)
    seconds = corpus.ledger.n_read * config.epochs / rate
    duration = (
        f"{seconds:,.0f} s"
        if seconds < 600
        else f"{seconds / 60:,.0f} min"
        if seconds < 36_000
        else f"{seconds / 3600:,.0f} h"
    )
    return (
        f"time to train {config.epochs} epochs, {config.n_threads} threads: {duration} "
        f"({rate:,.0f} words/s in a trial of {_TRIAL_SECONDS:.0f} s)"
    )
