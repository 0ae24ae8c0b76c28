"""The corpus, a task for each shard: its tokens are counted, words are chosen, and it becomes word ids.

Counting is a map-reduce over the hash of the token: whoever counts a shard holds the distinct tokens of that shard, and
whoever adds up a part the distinct tokens of that part. Nobody holds those of all shards.
"""

import dataclasses
import io
import tempfile
import zlib
from contextlib import ExitStack
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.cluster.job import Job
from w2v.compiled.libraries import load_libraries
from w2v.config import TrainConfig
from w2v.corpus.encode import EncodedCorpus, encode_corpus
from w2v.corpus.raw_ids import read_text
from w2v.corpus.selection import TokenLedger, token_occurrences
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import NoKnownWordError, NoWordsError
from w2v.system.container import read_container, write_container
from w2v.system.files import atomic_writer
from w2v.system.stored import whole

MOST_PARTS = 256
_SHARD_ORDER = 1 << 44  # bytes that a shard may have: tokens are ordered by shard, then by their place in it


class Counted(NamedTuple):
    """Tokens of a shard."""

    n_read: int
    n_undecodable: int
    n_undecodable_bytes: int


class Survivors(NamedTuple):
    """The tokens of a part that occur often enough."""

    words: list[str]
    counts: NDArray[np.int64]
    first_seen: NDArray[np.int64]
    n_distinct: int  # with those that do not


class Shard(NamedTuple):
    """A shard as word ids."""

    n_ids: int  # of its file, with sentence breaks
    ledger: TokenLedger
    n_sentences: int
    n_sentences_read: int
    longest_sentence: int
    n_alone: int
    fingerprint: str

    def stored(self) -> list[Any]:
        """Plain values for JSON."""
        return [*self._replace(ledger=None), list(vars(self.ledger).values())]  # type: ignore[arg-type]

    @classmethod
    def read(cls, facts: Any) -> "Shard":
        """From what `stored` made. Raises `ValueError` or `TypeError` for anything else."""
        n_ids, _, *numbers, fingerprint, ledger = facts
        n_sentences, n_read, longest, n_alone = map(whole, numbers)
        sums = TokenLedger(*map(whole, ledger))
        return cls(whole(n_ids), sums, n_sentences, n_read, longest, n_alone, str(fingerprint))


def count_shard(job: Job, number: int, n_parts: int) -> Counted:
    """Count the tokens of a shard, and write them in parts."""
    job.check_version()
    load_libraries()
    with ExitStack() as files:

        def new_file() -> io.BufferedRandom:
            return files.enter_context(tempfile.TemporaryFile())

        _, lexicon = read_text(job.shards[number], job.text, job.config.n_threads, new_file, lambda n_bytes: None)
    counts, first_seen = token_occurrences(lexicon)
    places = np.flatnonzero(counts)
    words = [word.encode("utf-8", "surrogatepass") for word in lexicon.words(places)]
    parts = np.array([zlib.crc32(word) % n_parts for word in words], np.int64)
    order = np.argsort(parts, kind="stable")
    cuts = np.searchsorted(parts[order], np.arange(n_parts + 1))
    texts = [b"\n".join(words[i] for i in order[start:end]) for start, end in zip(cuts[:-1], cuts[1:], strict=True)]
    tensors = {
        "text": np.frombuffer(b"".join(texts), np.uint8),
        "text_ends": np.cumsum([0, *map(len, texts)]),
        "ends": cuts.astype(np.int64),
        "counts": counts[places][order],
        "first_seen": first_seen[places][order] + number * _SHARD_ORDER,
    }
    write_container(job.path("counts", number), tensors, {})
    n_bad, n_bytes = lexicon.n_undecodable, lexicon.n_undecodable_bytes
    return Counted(int(counts.sum()) + n_bad, n_bad, n_bytes)


def merge_part(job: Job, part: int) -> Survivors:
    """Add up one part of all shards, and leave out what is rare."""
    job.check_version()
    found: dict[bytes, list[int]] = {}
    for number in range(len(job.shards)):
        tensors, _ = read_container(job.path("counts", number))
        start, end = tensors["text_ends"][part : part + 2]
        first, last = tensors["ends"][part : part + 2]
        if first == last:
            continue
        counts, places = tensors["counts"][first:last].tolist(), tensors["first_seen"][first:last].tolist()
        for word, count, place in zip(tensors["text"][start:end].tobytes().split(b"\n"), counts, places, strict=True):
            if (entry := found.get(word)) is None:
                found[word] = [count, place]
            else:
                entry[0] += count
    kept = {word: entry for word, entry in found.items() if entry[0] >= job.config.min_count}
    numbers = np.array(list(kept.values()), np.int64).reshape(-1, 2)
    words = [word.decode("utf-8", "surrogatepass") for word in kept]
    return Survivors(words, numbers[:, 0], numbers[:, 1], len(found))


def encode_shard(job: Job, number: int, counted: Counted) -> Shard:
    """Write a shard's word ids."""
    job.check_version()
    load_libraries()
    vocab = _vocabulary(job)
    try:
        corpus = encode_corpus(list(job.shards[number]), job.text, keeping_all(job), vocab)
    except (NoKnownWordError, NoWordsError):
        corpus = nothing_known(counted, vocab)
    with corpus, atomic_writer(job.path("shards", number)) as file:
        file.write(corpus.ids.data)
    return Shard(
        len(corpus.ids),
        corpus.ledger,
        corpus.n_sentences,
        corpus.n_sentences_read,
        corpus.longest_sentence,
        corpus.n_alone,
        corpus.fingerprint,
    )


def keeping_all(job: Job) -> TrainConfig:
    """The settings with which a shard is read: the words are chosen."""
    return dataclasses.replace(job.config, min_count=0, max_vocab=None)


def nothing_known(counted: Counted, vocab: Vocabulary) -> EncodedCorpus:
    """A shard without a word of the vocabulary, or without any."""
    n_read, n_bad, n_bytes = counted
    ledger = TokenLedger(n_read, n_read - n_bad, n_bad, n_bytes)
    return EncodedCorpus(np.zeros(0, np.int32), vocab, ledger, 0, 0, 0, "")


@lru_cache(1)
def _vocabulary(job: Job) -> Vocabulary:
    return job.read_vocabulary()
