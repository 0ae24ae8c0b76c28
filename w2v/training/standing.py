"""Where a run over word vectors stands: the metadata of a checkpoint, described once, and checked once when it is read.

Each part that is asked for says what it may be; what is anything else raises `ValueError`, `TypeError` or `KeyError`,
which the reader of the file turns into its sentence.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from w2v.config import TrainConfig
from w2v.system.stored import MOST, names, number, values, whole
from w2v.training.history import LeftOut, Statistics
from w2v.training.schedule import Schedule, chunk_size

CORPUS_FACTS = {
    "n_read": "tokens", "n_sentences": "sentences", "n_rare": "rare tokens",
    "n_undecodable": "undecodable tokens", "n_joined": "joined tokens",
}  # fmt: skip


class Standing(NamedTuple):
    """A run in hand."""

    schedule: Schedule
    n_chunks: int  # done, of the epoch in hand
    in_hand: Statistics  # of these
    job: dict[str, Any]  # what whoever started the run keeps there, and checks
    frozen: list[int] | None  # input rows
    locked: list[int] | None  # ids of words

    def stored(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**self._asdict(), "schedule": list(self.schedule), "in_hand": list(self.in_hand)}


def read_standing(run: Any, n_words: int, n_rows: int, n_epochs: int, config: TrainConfig) -> Standing:
    """From what `Standing.stored` made. n_words, n_rows, n_epochs: words, input rows and epochs that the model has, the
    latter with those before the run.

    Chunks are counted, so a run goes on with the chunk size that it began with. Version 0.1 did not write it, and had
    what `chunk_size` says."""
    run = names(run, "the run")
    start_alpha, end_alpha, *wholes = values(run["schedule"], "the schedule", 5, 6)
    alphas = number(start_alpha), number(end_alpha)
    n_run_epochs, n_tokens, first_epoch = map(whole, wholes[:3])
    size = whole(wholes[3], 1, n_tokens) if wholes[3:] else chunk_size(n_tokens, n_words, config)
    schedule = Schedule(*alphas, n_run_epochs, n_tokens, first_epoch, size)
    standing = Standing(
        schedule,
        whole(run["n_chunks"]),
        statistics(run["in_hand"]),
        names(run["job"], "the job"),
        _ids(run.get("frozen"), n_rows),
        _ids(run.get("locked"), n_words),
    )
    if not 0 < alphas[0] >= alphas[1] or not 0 < n_run_epochs * n_tokens <= MOST:
        raise ValueError("a schedule that no run has")
    if not schedule.has(n_epochs, standing.n_chunks):
        raise ValueError("its place is outside of the run")
    if standing.in_hand.n_tokens > standing.n_chunks * size:
        raise ValueError("more tokens than its chunks have")
    return standing


def check_corpus_facts(facts: Mapping[str, Any]) -> None:
    """What a checkpoint says of its corpus."""
    for name in CORPUS_FACTS:
        whole(facts[name] if name != "n_joined" else facts.get(name, 0))  # only there where phrases are
    if not isinstance(facts["fingerprint"], str):
        raise TypeError("the fingerprint is no text")


def statistics(found: Any) -> Statistics:
    """Of an epoch, or of the chunks that are done of one."""
    loss, *counts = values(found, "statistics", len(Statistics._fields))
    return Statistics(number(loss, -math.inf), *(whole(value) for value in counts))


def left_out_counts(found: Any) -> LeftOut:
    """From what `LeftOut.stored` made of an epoch."""
    most = len(LeftOut._fields)
    return LeftOut(*(whole(value) for value in values(found, "what was left out", most - 1, most)))


def _ids(found: Any, n_words: int) -> list[int] | None:
    if found is None:
        return None
    return [whole(value, 0, n_words - 1) for value in values(found, "the words that stay as they are")]
