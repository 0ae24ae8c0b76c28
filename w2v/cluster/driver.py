"""Whoever drives a job: submits tasks, looks at what they say, and writes down what is done.

It holds the vocabulary, a few numbers of each slice and nothing of the model, and can be stopped at any time: what is
written down in the job's folder is not done again.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from w2v.cluster.corpus_tasks import MOST_PARTS, Counted, Shard, count_shard, encode_shard, merge_part
from w2v.cluster.engine import Engine
from w2v.cluster.job import CORPUS, Job, read_json, remove, shares
from w2v.cluster.round_tasks import (
    Piece,
    Report,
    Slice,
    changes_of,
    combine_block,
    first_block,
    load_block,
    report_of,
    train_slice,
)
from w2v.corpus.encode import EncodedCorpus, Origin
from w2v.corpus.selection import TokenLedger
from w2v.corpus.vocabulary import Vocabulary, choose_words
from w2v.errors import CorpusError, FormatError, W2VError
from w2v.system.stored import MALFORMED, number, whole
from w2v.system.wording import quantity
from w2v.training.history import History, LeftOut, Statistics
from w2v.training.ledger import left_out
from w2v.training.listeners import Progress
from w2v.training.schedule import Schedule, make_schedule
from w2v.training.standing import left_out_counts, statistics

logger = logging.getLogger("w2v")
_WARM_UP = 3  # rounds until the learning rate has its full scale
_JUMP = 1.2  # times the loss of the round before
_EXPLODED = 4  # times the loss of vectors that know nothing
_LEAST_SCALE = 1 / 8


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
        origin = Origin(files, job.text.encoding)
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


class Driver:
    """A job and the engine that does it."""

    def __init__(self, job: Job, engine: Engine, progress: Progress, tell: Callable[[str, dict[str, Any]], object]):
        self.job, self.engine, self.progress, self.tell = job, engine, progress, tell

    def _all(self, calls: Sequence[tuple[Any, ...]], seen: Callable[[Any], object] = lambda result: None) -> list[Any]:
        """The results of tasks, in order. calls: function and arguments. seen: told of each as it comes."""
        handles = [self.engine.submit(*call) for call in calls]
        try:
            found: list[Any] = [None] * len(handles)
            for place, result in self.engine.gather(handles):
                found[place] = result
                seen(result)
            return found
        finally:
            self.engine.release(handles)

    # ---- the corpus

    def corpus(self) -> Corpus:
        """Read and encode the corpus, or what is left to do of that."""
        job, n_shards = self.job, len(self.job.shards)
        if not job.path(CORPUS).exists():
            n_parts = min(MOST_PARTS, n_shards)
            self.progress.reading(2 * n_shards, " shards")
            counted = self._all([(count_shard, job, k, n_parts) for k in range(n_shards)], lambda _: self._read_one())
            job.write_vocabulary(vocab := self._choose(counted, n_parts))
            calls = [(encode_shard, job, k, counted[k]) for k in range(n_shards)]
            shards = self._all(calls, lambda _: self._read_one())
            facts = [[*shard[:1], list(vars(shard.ledger).values()), *shard[2:]] for shard in shards]
            job.write_json({"shards": facts}, CORPUS)
            remove(job.path("counts").iterdir())
            self.progress.close()
        else:
            vocab, shards = job.read_vocabulary(), self._stored_shards()
        corpus = Corpus.of(vocab, shards, job)
        corpus.whole.check_sound(job.config.sample)
        self.progress.has_read(corpus.whole.ledger.n_stream)
        logger.info(
            "read %s in %s; vocabulary %s words", quantity(corpus.whole.ledger.n_read, "token"),
            quantity(n_shards, "shard"), f"{len(vocab):,}",
        )  # fmt: skip
        return corpus

    def _read_one(self) -> None:
        self.progress.read(1)

    def _choose(self, counted: Sequence[Counted], n_parts: int) -> Vocabulary:
        """The vocabulary, exactly as one machine would choose it."""
        parts = self._all([(merge_part, self.job, part) for part in range(n_parts)])
        words = [word for part in parts for word in part.words]
        counts = np.concatenate([part.counts for part in parts])
        first_seen = np.concatenate([part.first_seen for part in parts])
        config = self.job.config
        chosen = choose_words(counts, first_seen, config.min_count, config.max_vocab)
        n_read, n_bad, _ = np.sum(counted, axis=0).tolist()
        if n_read == n_bad:
            raise CorpusError("the corpus holds no token that can be read; check the paths and --encoding")
        if len(chosen) < 2:
            raise CorpusError(
                f"fewer than two words occur at least {config.min_count} times; give more text or a smaller --min-count"
            )
        logger.info("%s distinct tokens in %s", f"{sum(part.n_distinct for part in parts):,}", f"{n_read:,}")
        config.objective.check_size(len(chosen))
        return Vocabulary([words[i] for i in chosen], counts[chosen])

    def _stored_shards(self) -> list[Shard]:
        path = self.job.path(CORPUS)
        try:
            found = [
                Shard(whole(n), TokenLedger(*map(whole, ledger)), *map(whole, more[:4]), str(more[4]))
                for n, ledger, *more in read_json(path)["shards"]
            ]
            if len(found) != len(self.job.shards):
                raise ValueError("another number of shards")
            return found
        except MALFORMED as error:
            raise FormatError(f"{path} is malformed ({error}); the file is damaged") from error

    # ---- the rounds

    def train(self, corpus: Corpus) -> tuple[History, list[str]]:
        """All rounds that are left; returns the history and the names of the blocks."""
        job, n_words = self.job, len(corpus.whole.vocab)
        if not job.rounds():
            names = self._all([(first_block, job, block, n_words) for block in range(job.n_blocks)])
            job.write_json(_Standing(names).stored(), "rounds", "0.json")
        round_ = job.rounds()[-1]
        standing = _Standing.read(job, round_)
        standing.history.in_hand_left_out = left_out(corpus.whole)
        schedule = self._schedule(corpus)
        self.progress.start(schedule, standing.history.total.plus(standing.history.in_hand))
        n_all = job.config.epochs * job.n_rounds
        for one in range(round_, n_all):
            self._round(one, standing, corpus, schedule)
            job.write_json(standing.stored(), "rounds", f"{one + 1}.json")
            job.forget_old_rounds()
        self.progress.close()
        return standing.history, standing.names

    def _schedule(self, corpus: Corpus) -> Schedule:
        """That of one machine, with chunks small enough for all slices."""
        job = self.job
        schedule = make_schedule(job.config, corpus.n_ids, len(corpus.whole.vocab))
        most = -(-corpus.n_ids // (job.n_slices * job.n_rounds))
        return schedule._replace(chunk_size=min(schedule.chunk_size, max(most, 1)))

    def _round(self, round_: int, standing: "_Standing", corpus: Corpus, schedule: Schedule) -> None:
        """Train a round, again with half the learning rate when its loss jumps, and take in what it gives."""
        job, began, n_words = self.job, time.monotonic(), len(corpus.whole.vocab)
        blocks = [self.engine.submit(load_block, job, b, name, n_words) for b, name in enumerate(standing.names)]
        is_again = False
        while True:
            slices = self._slices(round_, standing.scale, corpus, schedule)
            trained = [self.engine.submit(train_slice, job, work, *blocks) for work in slices]
            try:
                reports = self._all([(report_of, one) for one in trained])
                total = sum_of(reports)
                is_sound = all(report.is_finite for report in reports)
                is_sound = is_sound and not total.mean_loss > _EXPLODED * self._loss_at_zero(corpus)
                if is_sound and (is_again or not standing.jumps(total)):
                    standing.names = self._combine(blocks, trained)
                    break
            finally:
                self.engine.release(trained)
            is_again = is_sound  # the text is another where half the learning rate gives that loss, too
            standing.scale /= 2
            logger.warning(
                "round %d: the loss jumped to %.4f per pair; it is trained again with half the learning rate",
                round_ + 1, total.mean_loss,
            )  # fmt: skip
            if standing.scale < _LEAST_SCALE:
                raise W2VError(f"training diverged in round {round_ + 1}; lower --alpha or --max-alpha and train anew")
        self.engine.release(blocks)
        self._done(round_, standing, reports, schedule, time.monotonic() - began)

    def _slices(self, round_: int, scale: float, corpus: Corpus, schedule: Schedule) -> list[Slice]:
        """A round is the next part of the epoch, and its slices are parts of that."""
        job, (epoch, part) = self.job, divmod(round_, self.job.n_rounds)
        cuts = shares(schedule.n_chunks, job.n_rounds * job.n_slices)[part * job.n_slices :][: job.n_slices + 1]
        gain = self._gain(round_, schedule) * scale
        slices = []
        for first, last in zip(cuts[:-1], cuts[1:], strict=True):
            pieces = corpus.pieces_in(first * schedule.chunk_size, last * schedule.chunk_size)
            longest = corpus.whole.longest_sentence
            slices.append(Slice(schedule, epoch, first, last, pieces, gain, len(corpus.whole.vocab), longest))
        return slices

    def _gain(self, round_: int, schedule: Schedule) -> float:
        """What the learning rate is multiplied with: the mean of S slices is a step of one, where each takes S."""
        most = max(1.0, min(self.job.n_slices, self.job.max_alpha / schedule.start_alpha))
        return 1 + (most - 1) * min(1.0, (round_ + 1) / _WARM_UP)

    def _combine(self, blocks: Sequence[Any], trained: Sequence[Any]) -> list[str]:
        changes = [[self.engine.submit(changes_of, one, block) for one in trained] for block in range(len(blocks))]
        try:
            return self._all([(combine_block, self.job, b, blocks[b], *changes[b]) for b in range(len(blocks))])
        finally:
            self.engine.release([one for of_block in changes for one in of_block])

    def _loss_at_zero(self, corpus: Corpus) -> float:
        from w2v.kernel.tables import build_tables

        config, counts = self.job.config, corpus.whole.vocab.counts
        return config.objective.loss_at_zero(len(counts), build_tables(counts, config), config)

    def _done(
        self, round_: int, standing: "_Standing", reports: Sequence[Report], schedule: Schedule, seconds: float
    ) -> None:
        """Take in a round's figures, and tell them."""
        job, total, history = self.job, sum_of(reports), standing.history
        history.in_hand = history.in_hand.plus(total)
        history.in_hand_seconds += seconds
        standing.loss = total.mean_loss
        for report in reports:
            self.progress.chunk(report.statistics, report.alpha)
        kernel = [report.seconds for report in reports]
        rates = sorted((report.statistics.n_tokens / max(report.seconds, 1e-9), report.worker) for report in reports)
        elsewhere = max(0.0, 1 - max(kernel) / seconds)
        n_all = job.config.epochs * job.n_rounds
        logger.info(
            "round %d/%d: loss %.4f per pair, %s words/s, %.1f s, %.0f%% of it outside of training; a slice: %s words/s "
            "(%s) to %s (%s)", round_ + 1, n_all, total.mean_loss, f"{total.n_tokens / seconds:,.0f}", seconds,
            100 * elsewhere, f"{rates[0][0]:,.0f}", rates[0][1], f"{rates[-1][0]:,.0f}", rates[-1][1],
        )  # fmt: skip
        self.tell("round", {"round": round_ + 1, "n_rounds": n_all, "seconds": round(seconds, 3),
                            "kernel_seconds": [round(one, 3) for one in kernel], "loss": total.mean_loss,
                            "n_tokens": total.n_tokens, "alpha": reports[-1].alpha, "outside": round(elsewhere, 4),
                            "workers": [report.worker for report in reports]})  # fmt: skip
        if (round_ + 1) % job.n_rounds == 0:
            epoch = len(history.epochs)
            history.end_epoch((schedule.alpha(epoch, 0), schedule.alpha(epoch + 1, 0)))
            self.progress.epoch(epoch + 1, history.epochs[-1], history.seconds[-1])


class _Standing:
    """Where a job stands between two rounds."""

    def __init__(self, names: list[str]) -> None:
        self.names, self.history, self.scale, self.loss = names, History(), 1.0, 0.0

    def jumps(self, total: Statistics) -> bool:
        """Whether the loss is far above that of the round before."""
        return self.loss > 0 and total.mean_loss > _JUMP * self.loss

    def stored(self) -> dict[str, Any]:
        """For the file of a round."""
        history = self.history
        return {
            "blocks": self.names, "scale": self.scale, "loss": self.loss, "epochs": [list(e) for e in history.epochs],
            "seconds": history.seconds, "alphas": [list(pair) for pair in history.alphas],
            "left_out": [counts.stored() for counts in history.left_out], "in_hand": list(history.in_hand),
            "in_hand_seconds": history.in_hand_seconds,
        }  # fmt: skip

    @classmethod
    def read(cls, job: Job, round_: int) -> "_Standing":
        """What `stored` made of it. Raises `FormatError`."""
        found = job.read_round(round_)
        try:
            standing = cls([name for name in found["blocks"] if os_safe(name)])
            standing.scale, standing.loss = number(found["scale"]), number(found["loss"])
            epochs, alphas = map(statistics, found["epochs"]), [(number(a), number(b)) for a, b in found["alphas"]]
            left: list[LeftOut] = [left_out_counts(counts) for counts in found["left_out"]]
            standing.history = History(list(epochs), list(map(number, found["seconds"])), alphas, left)
            standing.history.in_hand = statistics(found["in_hand"])
            standing.history.in_hand_seconds = number(found["in_hand_seconds"])
            if len(standing.names) != job.n_blocks or len(standing.history.epochs) != round_ // job.n_rounds:
                raise ValueError("it does not fit the job")
            return standing
        except MALFORMED as error:
            raise FormatError(f"{job.path('rounds', f'{round_}.json')} is malformed ({error}); remove it, and the round "
                              "before it is the last") from error  # fmt: skip


def os_safe(name: Any) -> bool:
    """Whether a block's name is one."""
    return isinstance(name, str) and name.replace("-", "").isalnum()


def sum_of(reports: Sequence[Report]) -> Statistics:
    """Of a round."""
    total = Statistics()
    for report in reports:
        total = total.plus(report.statistics)
    return total
