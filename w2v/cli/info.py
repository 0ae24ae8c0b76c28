"""What `w2v info` says of a vector file or a corpus, and what training needs."""

import dataclasses
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from w2v.config import TextConfig, TrainConfig
from w2v.errors import FormatError
from w2v.formats.foreign import refuse_handed_on
from w2v.formats.format import MADE_UP_COUNTS, Format, VectorTable
from w2v.formats.table import DEFAULT, sniff_format
from w2v.formats.vector_files import read_vectors
from w2v.phrases.files import is_phrase_file
from w2v.phrases.model import PhraseModel
from w2v.system.console import visible
from w2v.system.container import read_container
from w2v.system.files import STDIN
from w2v.system.wording import quantity
from w2v.training.memory import check_memory, memory_bytes

_MIN_COUNTS = (1, 2, 3, 5, 10, 20, 50, 100)
_TRIAL_SECONDS = 1.0
_TRIAL_TOKENS = 400_000


def describe_file(path: str, config: TrainConfig, text: TextConfig) -> Iterator[str]:
    """Lines on vectors, a classifier or a corpus, told apart by their bytes. Raises `W2VError` for none of them."""
    kind = vector_format(path) if path != STDIN and os.path.isfile(path) else None
    if kind is not None:
        kind.verify(path)
    if kind is DEFAULT and read_container(path)[1].get("format") == "w2v-classifier":
        yield from _about_classifier(path)
    elif kind is not None:
        yield from _about_vectors(path, kind, read_vectors(path, kind.name))
    elif path != STDIN and os.path.isfile(path) and is_phrase_file(path):
        yield from _about_phrases(PhraseModel.load(path))
    else:
        if os.path.isfile(path) or os.path.isdir(path):
            refuse_handed_on(path)
        yield from _about_corpus(path, config, text)


def vector_format(path: str) -> Format | None:
    """The format of a vector file; None for what may be text, such as a corpus of integer ids, whose lines look like
    vectors at first sight.
    """
    try:
        kind = sniff_format(path)
    except FormatError:
        return None
    return kind if kind.is_no_corpus(path) else None


def _about_vectors(path: str, kind: Format, table: VectorTable) -> Iterator[str]:
    n_words, size = table.vectors.shape
    yield f"{path}: {kind.name} vectors, {quantity(n_words, 'word')} x {size}, {os.path.getsize(path):,} bytes"
    if n_words > 8:
        yield f"words: {_listed(table.keys[:8])} ... {_listed(table.keys[n_words - 1 :])}"
    elif n_words:
        yield f"words: {_listed(table.keys)}"
    if table.counts is not None and MADE_UP_COUNTS.items() <= table.metadata.items():
        yield "counts: none; there are numbers made up from the rank in their place, as gensim gives"
    elif table.counts is not None and n_words:
        total, most, least = (int(value) for value in (table.counts.sum(), table.counts.max(), table.counts.min()))
        yield f"counts: {quantity(total, 'token')}, from {most:,} to {least:,} a word"
    if table.output_vectors is not None:
        n_outputs, trained_size = table.output_vectors.shape
        yield f"output vectors: {n_outputs:,} x {trained_size}; training can go on from this file"
    if table.ngram_buckets is not None:
        yield f"n-grams: {len(table.ngram_buckets):,}; they make vectors of words that are not there"
    if table.trained_vectors is not None:
        steps = visible(str(table.metadata.get("postprocessing", "nobody says how")))
        yield f"changed after training: {steps}; w2v convert {path} OUT --trained undoes it"
    if "run" in table.metadata:
        yield f"a checkpoint of a run that is not finished; go on with: w2v resume {path}"
    if (phrases := table.metadata.get("phrases")) is not None:
        yield from _about_phrases(PhraseModel.from_facts(phrases, path))
    for part in ("config", "text", "corpus", "versions"):
        facts = table.metadata.get(part)
        if isinstance(facts, Mapping) and facts:
            yield _facts(part, facts)
    if table.metadata.get("epochs"):
        try:
            losses = [float(epoch[0]) / max(epoch[1], 1) for epoch in table.metadata["epochs"]]
        except (TypeError, ValueError, LookupError, OverflowError) as error:
            raise FormatError(f"{path}: what the metadata say of the epochs is malformed ({error})") from error
        yield f"loss per pair by epoch: {', '.join(f'{loss:.4f}' for loss in losses)}"


def _about_classifier(path: str) -> Iterator[str]:
    from w2v.classify.format import load_classifier
    from w2v.classify.labels import counted

    model = load_classifier(path)
    n_words, labels, counts = len(model.encoder.rows), model.labels, model.label_counts
    yield (
        f"{path}: text classifier, {quantity(n_words, 'word')}, {quantity(len(labels), 'label')}"
        f"{', several to a document' * model.several}, {os.path.getsize(path):,} bytes"
    )
    yield f"labels: {counted(labels, counts)} (documents of training)"
    config = {**vars(model.config), "weights": model.config.weighting, "lr": model.config.start_lr}
    for part, settings in (("config", config), ("text", vars(model.text))):
        yield _facts(part, settings)
    yield f"use it with: w2v classify predict {path} DOCUMENTS"


def _about_phrases(model: PhraseModel) -> Iterator[str]:
    n_found = " + ".join(f"{len(found):,}" for found in model.passes)
    yield f"phrases: {n_found}, pass by pass, with a {model.scoring} score above {model.threshold:g}"


def _listed(keys: Iterable[Any]) -> str:
    return ", ".join(visible(str(key)) for key in keys)


def _facts(part: str, facts: Mapping[str, Any]) -> str:
    return f"{part}: " + ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)


def _about_corpus(path: str, config: TrainConfig, text: TextConfig) -> Iterator[str]:
    """Counts everything with min-count 1, then times a second of training for the forecast."""
    from w2v.corpus.encode import encode_corpus

    everything = dataclasses.replace(config, min_count=1, max_vocab=None)
    with encode_corpus([path], text, everything) as corpus:
        counts, n_read = corpus.vocab.counts, corpus.ledger.n_read
        amounts = ((n_read, "token"), (len(counts), "different word"), (corpus.n_sentences_read, "sentence"))
        yield f"{path}: {', '.join(quantity(*amount) for amount in amounts)}"
        yield f"longest sentence: {quantity(corpus.longest_sentence, 'token')} (all are trained, nothing is cut)"
        if corpus.ledger.n_undecodable_bytes:
            n_bytes, n_bad = corpus.ledger.n_undecodable_bytes, corpus.ledger.n_undecodable
            yield f"undecodable: {quantity(n_bytes, 'byte')} in {quantity(n_bad, 'token')}"
        top = zip(corpus.vocab.words[:8], counts[:8], strict=True)
        yield f"commonest: {', '.join(f'{word} {n:,}' for word, n in top)}"
        yield from _warnings(corpus.vocab.words, counts)
        yield from (f"warning: {finding.sentence}" for finding in corpus.findings(config.sample))
        yield "--min-count      words            tokens kept"
        for min_count in sorted({*_MIN_COUNTS, config.min_count}):
            kept = counts[counts >= min_count]
            mark = "  <- this setting" if min_count == config.min_count else ""
            yield f"{min_count:>11} {len(kept):>10,} {int(kept.sum()):>15,} {kept.sum() / n_read:7.2%}{mark}"
        n_words = min(int((counts >= config.min_count).sum()), config.max_vocab or len(counts))
        if n_words < 2:
            yield "fewer than two words are left: nothing to train; give more text or a smaller --min-count"
            return
        yield _memory_forecast(n_words, int(counts[:n_words].sum()), config)
        yield _time_forecast(corpus, n_words, config)


def _warnings(words: list[Any], counts: np.ndarray) -> Iterator[str]:
    mean_length = np.average([len(str(word)) for word in words[:10_000]], weights=counts[:10_000])
    if mean_length < 1.5:
        yield "warning: most tokens are single characters; is the text split into letters?"
    if mean_length > 25:
        yield "warning: tokens are very long; is the text split at white space?"


# ---- memory and time -------------------------------------------------------------------------------------------------


def _memory_forecast(n_words: int, n_tokens: int, config: TrainConfig) -> str:
    megabytes, temporary = memory_bytes(n_words, config) / 1e6, 8 * n_tokens / 1e6
    return (
        f"memory to train {quantity(n_words, 'word')} x {config.vector_size}: {megabytes:,.0f} MB for both matrices "
        f"and the vocabulary; temporary disk space {temporary:,.0f} MB"
    )


def _time_forecast(corpus: Any, n_words: int, config: TrainConfig) -> str:
    """Words per second of a real trial on this corpus and machine, taken after compilation."""
    from w2v.kernel.weights import initial_weights
    from w2v.training.engine import Load
    from w2v.training.schedule import make_schedule
    from w2v.training.trainer import train

    check_memory(n_words, config)
    counts, stream = corpus.vocab.counts[:n_words], corpus.ids[:_TRIAL_TOKENS]
    stream = stream[stream < n_words]  # the rarer words are left out, as in training
    load = Load(initial_weights(n_words, config), stream, counts, config)
    few = stream[:1000]
    train(load._replace(stream=few), make_schedule(config, len(few), n_words, 1))  # compiles
    schedule = make_schedule(config, len(stream), n_words, 1)
    began, n_done = time.monotonic(), 0
    while n_done == 0 or time.monotonic() - began < _TRIAL_SECONDS:
        train(load, schedule)
        n_done += int((stream >= 0).sum())
    rate = n_done / (time.monotonic() - began)
    seconds = int(counts.sum()) * config.epochs / rate
    return (
        f"time to train {quantity(config.epochs, 'epoch')}, {quantity(config.n_threads, 'thread')}: "
        f"{_duration(seconds)} ({rate:,.0f} words/s in a trial of {_TRIAL_SECONDS:.0f} s)"
    )


def _duration(seconds: float) -> str:
    for unit, size, most in (("s", 1, 600), ("min", 60, 36_000)):
        if seconds < most:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds / 3600:,.0f} h"
