"""The rounds of a job: who trains which slice, when a round is done, and when it is trained again.

Whoever drives them holds digests and sums, and nothing of the model. What is written down is not done again.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from w2v.cluster.engine import Engine, run_all
from w2v.cluster.job import Job, shares
from w2v.cluster.reading import Corpus
from w2v.cluster.round_tasks import (
    Report,
    Slice,
    changes_of,
    combine_block,
    first_block,
    load_block,
    report_of,
    train_slice,
)
from w2v.errors import FormatError, W2VError
from w2v.kernel.tables import build_tables
from w2v.system.stored import MALFORMED, number, values
from w2v.training.history import History, Statistics
from w2v.training.ledger import left_out
from w2v.training.listeners import Progress
from w2v.training.schedule import make_schedule
from w2v.training.standing import left_out_counts, statistics

logger = logging.getLogger("w2v")
Tell = Callable[[str, dict[str, Any]], object]
_WARM_UP = 3  # rounds until the learning rate has its full scale
_JUMP = 1.2  # times the loss of the round before
_EXPLODED = 4  # times the loss of vectors that know nothing
_LEAST_SCALE = 1 / 8


class Standing:
    """Where a job stands between two rounds."""

    def __init__(self, names: list[str]) -> None:
        self.names, self.history = names, History()  # of the blocks
        self.scale = 1.0  # of the learning rate; halved when the loss jumps
        self.loss = 0.0  # of the last round

    def stored(self) -> dict[str, Any]:
        """For the file of a round."""
        history = self.history
        return {
            "blocks": self.names,
            "scale": self.scale,
            "loss": self.loss,
            "epochs": [list(epoch) for epoch in history.epochs],
            "seconds": history.seconds,
            "alphas": [list(pair) for pair in history.alphas],
            "left_out": [counts.stored() for counts in history.left_out],
            "in_hand": list(history.in_hand),
            "in_hand_seconds": history.in_hand_seconds,
        }

    @classmethod
    def read(cls, job: Job, round_: int) -> "Standing":
        """What `stored` made of it. Raises `FormatError`."""
        found = job.read_round(round_)
        try:
            standing = cls([block_name(name) for name in values(found["blocks"], "the blocks", job.n_blocks)])
            standing.scale, standing.loss = number(found["scale"]), number(found["loss"])
            history = standing.history
            history.epochs = [statistics(epoch) for epoch in found["epochs"]]
            history.seconds = [number(seconds) for seconds in found["seconds"]]
            history.alphas = [(number(start), number(end)) for start, end in found["alphas"]]
            history.left_out = [left_out_counts(counts) for counts in found["left_out"]]
            history.in_hand = statistics(found["in_hand"])
            history.in_hand_seconds = number(found["in_hand_seconds"])
            n_epochs = {len(part) for part in (history.epochs, history.seconds, history.alphas, history.left_out)}
            if n_epochs != {round_ // job.n_rounds}:
                raise ValueError("another number of epochs")
            return standing
        except MALFORMED as error:
            path = job.path("rounds", f"{round_}.json")
            raise FormatError(
                f"{path} is malformed ({error}); remove it, and the round before it is the last"
            ) from error


class Rounds:
    """Those of a job, on an engine."""

    def __init__(self, job: Job, engine: Engine, corpus: Corpus, progress: Progress, tell: Tell) -> None:
        self.job, self.engine, self.corpus, self.progress, self.tell = job, engine, corpus, progress, tell
        config, counts = job.config, corpus.whole.vocab.counts
        self.n_words, self.n_all = len(counts), config.epochs * job.n_rounds
        schedule = make_schedule(config, corpus.n_ids, self.n_words)  # as on one machine, but
        most = max(1, -(-corpus.n_ids // (job.n_slices * job.n_rounds)))  # each slice has a chunk
        self.schedule = schedule._replace(chunk_size=min(schedule.chunk_size, most))
        self.worst = _EXPLODED * config.objective.loss_at_zero(self.n_words, build_tables(counts, config), config)

    def train(self) -> Standing:
        """All rounds that are left."""
        job = self.job
        if not job.rounds():
            names = run_all(self.engine, [(first_block, job, block, self.n_words) for block in range(job.n_blocks)])
            job.write_json(Standing(names).stored(), "rounds", "0.json")
        n_done = job.rounds()[-1]
        standing = Standing.read(job, n_done)
        standing.history.in_hand_left_out = left_out(self.corpus.whole)
        self.progress.start(self.schedule, standing.history.total.plus(standing.history.in_hand))
        for round_ in range(n_done, self.n_all):
            began = time.monotonic()
            reports = self._train_round(round_, standing)
            self._take_in(round_, standing, reports, began)
            job.write_json(standing.stored(), "rounds", f"{round_ + 1}.json")
            job.forget_old_rounds()
        return standing

    def _train_round(self, round_: int, standing: Standing) -> list[Report]:
        """Train a round, again with half the learning rate when its loss jumps, and combine it."""
        names, n_blocks, is_again = enumerate(standing.names), self.job.n_blocks, False
        blocks = [self.engine.submit(load_block, self.job, block, name, self.n_words) for block, name in names]
        try:
            while True:
                slices = self._slices(round_, standing.scale)
                trained = [self.engine.submit(train_slice, self.job, work, *blocks) for work in slices]
                # The scheduler has many of these to go through, and now it has the time.
                changes = [[self.engine.submit(changes_of, one, block) for one in trained] for block in range(n_blocks)]
                try:
                    reports = run_all(self.engine, [(report_of, one) for one in trained])
                    loss = sum_of(reports).mean_loss
                    is_sound = all(report.is_finite for report in reports) and loss <= self.worst
                    # Where half the learning rate gives that loss, too, the text is another.
                    if is_sound and (is_again or not standing.loss or loss <= _JUMP * standing.loss):
                        combined = [(combine_block, self.job, k, blocks[k], *changes[k]) for k in range(n_blocks)]
                        standing.names = run_all(self.engine, combined)
                        return reports
                finally:
                    self.engine.release([*trained, *(one for of_block in changes for one in of_block)])
                is_again, standing.scale = is_sound, standing.scale / 2
                if standing.scale < _LEAST_SCALE:
                    raise W2VError(f"training diverged in round {round_ + 1}; lower --alpha or --gain, train anew")
                logger.warning(
                    "round %d: the loss jumped from %.4f to %.4f per pair; once more, with half the learning rate",
                    round_ + 1, standing.loss, loss,
                )  # fmt: skip
        finally:
            self.engine.release(blocks)

    def _slices(self, round_: int, scale: float) -> list[Slice]:
        """A round is the next part of the epoch, and its slices are parts of that."""
        job, schedule, (epoch, part) = self.job, self.schedule, divmod(round_, self.job.n_rounds)
        cuts = shares(schedule.n_chunks, job.n_rounds * job.n_slices)[part * job.n_slices :][: job.n_slices + 1]
        # What slices have in common is one step where each took one: a larger step makes up for it.
        gain = job.gain if job.n_slices > 1 else 1.0
        scale *= 1 + (gain - 1) * min(1.0, (round_ + 1) / _WARM_UP)
        longest = self.corpus.whole.longest_sentence
        slices = []
        for first, last in zip(cuts[:-1], cuts[1:], strict=True):
            pieces = self.corpus.pieces_in(first * schedule.chunk_size, last * schedule.chunk_size)
            slices.append(Slice(schedule, epoch, first, last, pieces, scale, self.n_words, longest))
        return slices

    def _take_in(self, round_: int, standing: Standing, reports: Sequence[Report], began: float) -> None:
        """Take in a round's figures, and tell them."""
        total, history = sum_of(reports), standing.history
        seconds = time.monotonic() - began
        history.in_hand, standing.loss = history.in_hand.plus(total), total.mean_loss
        history.in_hand_seconds += seconds
        for report in reports:
            self.progress.chunk(report.statistics, report.alpha)
        outside = max(0.0, 1 - max(report.seconds for report in reports) / seconds)
        rates = sorted((report.statistics.n_tokens / max(report.seconds, 1e-9), report.worker) for report in reports)
        (slow, slowest), (fast, fastest) = rates[0], rates[-1]
        logger.info(
            "round %d/%d: loss %.4f, %s words/s, %.1f s (%.0f%% beside training); slices %s (%s) to %s words/s (%s)",
            round_ + 1, self.n_all, total.mean_loss, f"{total.n_tokens / seconds:,.0f}", seconds, 100 * outside,
            f"{slow:,.0f}", slowest, f"{fast:,.0f}", fastest,
        )  # fmt: skip
        facts = {"round": round_ + 1, "n_rounds": self.n_all, "loss": total.mean_loss, "n_tokens": total.n_tokens,
                 "seconds": round(seconds, 3), "beside_training": round(outside, 4), "alpha": reports[-1].alpha,
                 "slices": [(r.worker, r.statistics.n_tokens, round(r.seconds, 3)) for r in reports]}  # fmt: skip
        self.tell("round", facts)
        if (round_ + 1) % self.job.n_rounds == 0:
            epoch = len(history.epochs)
            history.end_epoch((self.schedule.alpha(epoch, 0), self.schedule.alpha(epoch + 1, 0)))
            self.progress.epoch(epoch + 1, history.epochs[-1], history.seconds[-1])


def sum_of(reports: Sequence[Report]) -> Statistics:
    """Of a round."""
    total = Statistics()
    for report in reports:
        total = total.plus(report.statistics)
    return total


def block_name(name: Any) -> str:
    """A name that `Job.write_block` gives. Raises `ValueError` for another: a file says which files are read."""
    if not isinstance(name, str) or not name.replace("-", "").isalnum():
        raise ValueError(f"{str(name)[:40]!r} where the name of a block belongs")
    return name
