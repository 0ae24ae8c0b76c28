"""A job's corpus, from text to shards of word ids: who counts, who adds up, who encodes; and the sums over all."""

import hashlib
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from w2v.cluster.corpus_tasks import MOST_PARTS, Counted, Shard, Survivors, count_shard, encode_shard, merge_part
from w2v.cluster.engine import Engine, run_all
from w2v.cluster.job import CORPUS, Job, read_json, remove
from w2v.cluster.round_tasks import Piece
from w2v.corpus.encode import EncodedCorpus, Origin
from w2v.corpus.selection import TokenLedger
from w2v.corpus.vocabulary import Vocabulary, choose_words
from w2v.errors import CorpusError, FormatError
from w2v.system.stored import MALFORMED
from w2v.system.wording import quantity
from w2v.training.listeners import Progress

logger = logging.getLogger("w2v")


class Corpus(NamedTuple):
    """The corpus, when all shards are written."""

    pieces: tuple[Piece, ...]
    whole: EncodedCorpus  # without ids

    @classmethod
    def of(cls, vocab: Vocabulary, shards: Sequence[Shard], job: Job) -> "Corpus":
        """The sums over shards."""
        starts = np.cumsum([0, *(shard.n_ids for shard in shards)]).tolist()
        pieces = tuple(Piece(i, starts[i], shard.n_ids) for i, shard in enumerate(shards) if shard.n_ids)
        ledger = TokenLedger(*np.sum([list(vars(shard.ledger).values()) for shard in shards], axis=0).tolist())
        n_sentences, n_read, _, n_alone = np.sum([shard[2:6] for shard in shards], axis=0).tolist()
        longest = max(shard.longest_sentence for shard in shards)
        files = [file for shard in job.shards for file in shard]
        fingerprint = hashlib.blake2b(" ".join(s.fingerprint for s in shards).encode(), digest_size=16).hexdigest()
        origin = Origin(files, job.text.encoding, job.text.text_column is not None)
        no_ids = np.zeros(0, np.int32)
        return cls(
            pieces,
            EncodedCorpus(no_ids, vocab, ledger, n_sentences, n_read, longest, fingerprint, n_alone, origin=origin),
        )

    def facts(self) -> dict[str, Any]:
        """What a model says of its corpus."""
        whole = self.whole
        return {"fingerprint": whole.fingerprint, **whole.ledger.facts(), "n_sentences": whole.n_sentences}

    @property
    def n_ids(self) -> int:
        """Of the whole stream."""
        return sum(piece.n_ids for piece in self.pieces)

    def pieces_in(self, start: int, end: int) -> tuple[Piece, ...]:
        """Those that hold positions from start to end."""
        return tuple(piece for piece in self.pieces if piece.start < end and start < piece.start + piece.n_ids)


def read_corpus(job: Job, engine: Engine, progress: Progress) -> Corpus:
    """Read and encode the corpus, unless that is done."""
    n_shards = len(job.shards)
    if job.path(CORPUS).exists():
        vocab, shards = job.read_vocabulary(), _stored_shards(job)
    else:
        progress.reading(2 * n_shards, " shards")
        n_parts = min(MOST_PARTS, n_shards)
        calls: list[tuple[Any, ...]] = [(count_shard, job, k, n_parts) for k in range(n_shards)]
        counted = run_all(engine, calls, lambda _: progress.read(1))
        parts = run_all(engine, [(merge_part, job, part) for part in range(n_parts)])
        job.write_vocabulary(vocab := _chosen(job, counted, parts))
        calls = [(encode_shard, job, k, counted[k]) for k in range(n_shards)]
        shards = run_all(engine, calls, lambda _: progress.read(1))
        job.write_json({"shards": [shard.stored() for shard in shards]}, CORPUS)
        remove(job.path("counts").iterdir())
        progress.close()
    corpus = Corpus.of(vocab, shards, job)
    corpus.whole.check_sound(job.config.sample)
    progress.has_read(corpus.whole.ledger.n_stream)
    amounts = f"{quantity(corpus.whole.ledger.n_read, 'token')} in {quantity(n_shards, 'shard')}"
    logger.info("read %s; vocabulary %s words", amounts, f"{len(vocab):,}")
    return corpus


def _chosen(job: Job, counted: Sequence[Counted], parts: Sequence[Survivors]) -> Vocabulary:
    """The vocabulary, as one machine would choose it from the whole text. Raises `CorpusError`."""
    config, words = job.config, [word for part in parts for word in part.words]
    counts, first_seen = (np.concatenate([part[field] for part in parts]) for field in (1, 2))
    n_read, n_bad, _ = np.sum(counted, axis=0).tolist()
    if n_read == n_bad:
        raise CorpusError("the corpus holds no token that can be read; check the paths and --encoding")
    chosen = choose_words(counts, first_seen, config.min_count, config.max_vocab)
    if len(chosen) < 2:
        raise CorpusError(
            f"fewer than two words occur at least {config.min_count} times; give more text or a smaller --min-count"
        )
    config.objective.check_size(len(chosen))
    logger.info("%s distinct tokens", f"{sum(part.n_distinct for part in parts):,}")
    return Vocabulary([words[i] for i in chosen], counts[chosen])


def _stored_shards(job: Job) -> list[Shard]:
    path = job.path(CORPUS)
    try:
        found = [Shard.read(facts) for facts in read_json(path)["shards"]]
        if len(found) != len(job.shards):
            raise ValueError("another number of shards")
        return found
    except MALFORMED as error:
        raise FormatError(f"{path} is malformed ({error}); the file is damaged") from error
