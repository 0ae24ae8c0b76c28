"""A job: what was asked for, and the folder in which all machines find what is done of it.

    job.json                what was asked for, once and for all
    counts/SHARD            the distinct tokens of a shard, until words are chosen
    vocabulary              words and counts
    shards/SHARD            word ids, as they lie in memory
    corpus.json             what was read of each shard: now the corpus is done
    blocks/BLOCK-DIGEST     rows of both matrices, named after what they are
    rounds/ROUND.json       the blocks after a round: now it is done

Every file appears whole or not at all, and a file of JSON only when all that it names is there. So whatever dies, the
folder says what is done.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v import __version__
from w2v.config import TextConfig, TrainConfig, stored_config
from w2v.corpus.fingerprint import hash_numbers
from w2v.corpus.vocabulary import Vocabulary
from w2v.errors import ClusterError, FormatError, W2VError
from w2v.kernel.weights import ROWS_APART
from w2v.system.container import read_container, write_container
from w2v.system.files import atomic_writer
from w2v.system.stored import MALFORMED, names, number, values, whole
from w2v.system.wording import unreadable

JOB, CORPUS = "job.json", "corpus.json"
_KEPT_ROUNDS = 3
_DIGEST_BYTES = 12


class Rows(NamedTuple):
    """Rows of both matrices, without padding: float32, or float16 of changes."""

    inputs: NDArray[Any]  # (n, d)
    outputs: NDArray[Any]  # (m, d)


@dataclass(frozen=True)
class Job:
    """What was asked for. It is sent with every task."""

    folder: str
    shards: tuple[tuple[str, ...], ...]  # files of each
    text: TextConfig
    config: TrainConfig
    n_slices: int  # that are trained side by side, whatever the number of workers
    n_rounds: int  # of an epoch
    n_blocks: int
    gain: float  # what several slices multiply the learning rate with
    output: str
    format: str
    cluster: str
    version: str = __version__
    identity: str = ""  # that no other job has, for what workers keep in memory

    def check_version(self) -> None:
        """Raise `ClusterError` on a worker that would not do the same."""
        if self.version != __version__:
            raise ClusterError(
                f"the worker {platform.node()} has w2v {__version__} and the job {self.version}; install the same "
                f"version on all machines: pip install w2v=={self.version}"
            )

    def path(self, *parts: Any) -> Path:
        """A file of the folder."""
        return Path(self.folder, *map(str, parts))

    # ---- the model in blocks

    def bounds(self, block: int, n_words: int) -> tuple[slice, slice]:
        """Which input and output rows belong to a block."""
        ends = []
        for n_rows in (n_words, self.config.objective.n_output_rows(n_words)):
            first, last = (n_rows * k // self.n_blocks // ROWS_APART * ROWS_APART for k in (block, block + 1))
            ends.append(slice(first, n_rows if block + 1 == self.n_blocks else last))
        return ends[0], ends[1]

    def write_block(self, block: int, rows: Rows) -> str:
        """Write rows, float32; returns the file's name. The same rows have the same name, so that a worker that was
        given up and comes back late cannot harm."""
        name = f"{block:04}-{_digest(rows)}"
        with atomic_writer(self.path("blocks", name)) as file:
            for part in rows:
                file.write(part.data)
        return name

    def read_block(self, block: int, name: str, n_words: int) -> Rows:
        """What `write_block` wrote. Raises `FormatError` when it is something else now."""
        path, size = self.path("blocks", name), self.config.vector_size
        n_inputs, n_outputs = (bound.stop - bound.start for bound in self.bounds(block, n_words))
        try:
            found = np.fromfile(path, np.float32)
        except OSError as error:
            raise W2VError(unreadable(path, error)) from error
        n_rows, n_left = divmod(len(found), size)
        rows = Rows(*np.split(found[: n_rows * size].reshape(-1, size), [n_inputs]))
        if n_left or n_rows != n_inputs + n_outputs or _digest(rows) != name.partition("-")[2]:
            raise FormatError(
                f"{path}: the rows are not what was written; the file is damaged. Remove the newest file in "
                f"{self.path('rounds')}, and the round before it is the last"
            )
        return rows

    # ---- the vocabulary

    def write_vocabulary(self, vocab: Vocabulary) -> None:
        """Write words and counts."""
        words = np.frombuffer("\n".join(vocab.words).encode("utf-8", "surrogatepass"), np.uint8)
        write_container(self.path("vocabulary"), {"words": words, "counts": vocab.counts}, {})

    def read_vocabulary(self) -> Vocabulary:
        """The way back."""
        tensors, _ = read_container(self.path("vocabulary"))
        return Vocabulary(tensors["words"].tobytes().decode("utf-8", "surrogatepass").split("\n"), tensors["counts"])

    def word_counts(self) -> NDArray[np.int64]:
        """(V,), without the words."""
        return np.array(read_container(self.path("vocabulary"))[0]["counts"])

    # ---- files of JSON

    def write_json(self, facts: Mapping[str, Any], *parts: Any) -> None:
        """Write them: what they name is done."""
        with atomic_writer(self.path(*parts)) as file:
            file.write(json.dumps(facts).encode())

    def save(self) -> None:
        """Make the folder and write the job."""
        for folder in ("counts", "shards", "blocks", "rounds"):
            self.path(folder).mkdir(parents=True, exist_ok=True)
        self.write_json(dataclasses.asdict(self), JOB)

    @classmethod
    def load(cls, folder: str) -> "Job":
        """The job of a folder, wherever that is now. Raises `FormatError` for a damaged one."""
        facts = read_json(Path(folder, JOB))
        try:
            shards = tuple(tuple(map(str, values(files, "a shard"))) for files in values(facts["shards"], "the shards"))
            places = {name: str(facts[name]) for name in ("output", "format", "cluster", "version", "identity")}
            sizes = {name: whole(facts[name], 1) for name in ("n_slices", "n_rounds", "n_blocks")}
            text = stored_config(TextConfig, names(facts["text"], "the text's settings"))
            config = stored_config(TrainConfig, names(facts["config"], "the settings"))
            gain = number(facts["gain"])
            return cls(folder, shards, text, config, gain=gain, **sizes, **places)  # type: ignore[arg-type]
        except MALFORMED as error:
            raise FormatError(f"{Path(folder, JOB)} is malformed ({error}); the file is damaged") from error

    def rounds(self) -> list[int]:
        """The rounds that are done and kept, in order; round 0 is the start."""
        found = (path.stem for path in self.path("rounds").glob("*.json"))
        return sorted(int(stem) for stem in found if stem.isdigit())

    def standing(self) -> str:
        """How much is done, in words."""
        done = self.rounds()
        if not done:
            return "the corpus is being read" if not self.path(CORPUS).exists() else "no round is done yet"
        return f"{done[-1]} of {self.config.epochs * self.n_rounds} rounds are done"

    def read_round(self, round_: int) -> dict[str, Any]:
        """What `write_json` was given for it."""
        return read_json(self.path("rounds", f"{round_}.json"))

    def forget_old_rounds(self) -> None:
        """Keep the last few."""
        old, kept = self.rounds()[:-_KEPT_ROUNDS], self.rounds()[-_KEPT_ROUNDS:]
        used = {name for round_ in kept for name in self.read_round(round_)["blocks"]}
        for round_ in old:
            self.path("rounds", f"{round_}.json").unlink(missing_ok=True)
        if old or not kept:
            remove(path for path in self.path("blocks").iterdir() if path.name not in used)

    def clear(self) -> None:
        """Remove all that the job put there."""
        for folder in ("rounds", "blocks", "shards", "counts"):
            remove(self.path(folder).glob("*"))
            with contextlib.suppress(OSError):
                self.path(folder).rmdir()
        remove(map(self.path, ("vocabulary", CORPUS, JOB)))


def _digest(rows: Rows) -> str:
    """That of rows without gaps, in hexadecimal."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in rows:
        flat = part.reshape(-1)
        n_even = len(flat) // 2 * 2
        digest.update(bytes(hash_numbers(flat[:n_even].view(np.uint64))))  # as fast as memory, unlike what takes it in
        digest.update(bytes(flat[n_even:]))
    return digest.hexdigest()


def remove(paths: Any) -> None:
    """Remove files; one that stays does no harm."""
    for path in paths:
        with contextlib.suppress(OSError):
            os.unlink(path)


def read_json(path: Path) -> dict[str, Any]:
    """An object. Raises `FormatError` for anything else."""
    try:
        return names(json.loads(path.read_bytes()), "the file")
    except OSError as error:
        raise W2VError(unreadable(path, error)) from error
    except MALFORMED as error:
        raise FormatError(f"{path} is malformed ({error}); the file is damaged") from error


def shares(n: int, n_parts: int) -> Sequence[int]:
    """Where to cut n things into parts that are as equal as can be: n_parts + 1 places."""
    return [n * k // n_parts for k in range(n_parts + 1)]
