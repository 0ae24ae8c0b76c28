"""What a round takes beside the kernel, with real worker processes; and the constants of `cluster_simulation`.

python -m bench.cluster_overhead rounds --words 10000 100000 1000000 --vector-size 300
python -m bench.cluster_overhead beside corpus.txt          two workers beside two threads of one process
python -m bench.cluster_overhead constants                  rates of the parts of a round, in this process
"""

import argparse
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from w2v.cluster.combining import find_changes
from w2v.cluster.engine import Engine, connect, run_all
from w2v.cluster.job import Job, Rows
from w2v.cluster.round_tasks import combine_block
from w2v.cluster.training import train
from w2v.compiled.matrix import matrix, read_only
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.training.model import Word2Vec


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("rounds", "beside", "constants"))
    parser.add_argument("corpus", nargs="*")
    parser.add_argument("--words", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--tokens", type=int, default=2_000_000)
    parser.add_argument("--vector-size", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cluster", default="local:2")
    args = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "error")
    {"rounds": rounds, "beside": beside, "constants": constants}[args.what](args)


def rounds(args: argparse.Namespace) -> None:
    """Seconds of each round, and how many of them are not the kernel's, for models of several sizes."""
    for n_words in args.words:
        with tempfile.TemporaryDirectory() as folder:
            text = made_up(Path(folder, "text"), n_words, args.tokens)
            config = TrainConfig(model="sg", vector_size=args.vector_size, epochs=1, min_count=1, threads=1)
            for event in job_events([text], folder, config, args)[1:]:  # the first one loads the kernel
                kernel = max(seconds for _, _, seconds in event["slices"])
                facts = {"words": n_words, "d": args.vector_size, "seconds": event["seconds"], "kernel": kernel,
                         "beside": round(event["seconds"] - kernel, 3), "tokens": event["n_tokens"]}  # fmt: skip
                print(json.dumps(facts), flush=True)


def beside(args: argparse.Namespace) -> None:
    """Words a second of a cluster of two processes, and of two threads here, in turn."""
    for model in ("sg", "cbow"):
        config = TrainConfig(model=model, vector_size=args.vector_size, epochs=1)
        with tempfile.TemporaryDirectory() as folder:
            one = TrainConfig(**{**vars(config), "threads": 1})
            events = job_events(args.corpus, folder, one, args)
            seconds, n_tokens = (sum(event[name] for event in events) for name in ("seconds", "n_tokens"))
        began = time.monotonic()
        local = local_rate(args.corpus[0], TrainConfig(**{**vars(config), "threads": 2}))
        print(json.dumps({"model": model, "cluster": n_tokens / seconds, "local": local,
                          "round_seconds": [event["seconds"] for event in events],
                          "kernel_seconds": [[one[2] for one in event["slices"]] for event in events],
                          "took": time.monotonic() - began}), flush=True)  # fmt: skip


def local_rate(corpus: str, config: TrainConfig) -> float:
    """Words a second of training here, without reading."""
    model = Word2Vec.from_config(config)
    with encode_corpus([corpus], TextConfig(), config) as encoded:
        model.prepare(encoded)
        history = model.run(encoded)
    return history.epochs[0].n_tokens / history.seconds[0]


def job_events(corpus: list[Any], folder: str, config: TrainConfig, args: argparse.Namespace) -> list[dict[str, Any]]:
    """What a job tells of its rounds."""
    events: list[dict[str, Any]] = []

    def tell(event: str, facts: dict[str, Any]) -> None:
        events.append(facts)

    train(corpus, Path(folder, "a.w2v"), args.cluster, Path(folder, "job"), config, None, 2, args.rounds, tell=tell)
    return events


def made_up(path: Path, n_words: int, n_tokens: int) -> Path:
    """A text with so many words, as often as Zipf says."""
    draw = np.random.default_rng(1)
    ids = np.minimum(n_words - 1, (n_words ** draw.random(n_tokens)).astype(np.int64))
    ids[:n_words] = np.arange(n_words)
    draw.shuffle(ids)
    path.write_text(" ".join(map("w{}".format, ids.tolist())))
    return path


def constants(args: argparse.Namespace) -> None:
    """Rates of the parts, in bytes of the float32 model a second of one processor, which other load does not change."""
    n, d = 200_000, args.vector_size
    draw = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        config = TrainConfig(vector_size=d)
        job = Job(folder, (), TextConfig(), config, 2, 1, 1, 1.0, "a.w2v", "w2v", "test")
        job.save()
        rows = Rows(*(draw.random((n, d), np.float32) for _ in range(2)))
        n_bytes = sum(part.nbytes for part in rows)
        weights = matrix(n, d)
        halves = [Rows(*(part.astype(np.float16) for part in rows)) for _ in range(2)]
        name = job.write_block(0, rows)
        measured: dict[str, Callable[[], Any]] = {
            "assemble": lambda: [weights[:, :d].__setitem__(slice(None), part) for part in rows],
            "change": lambda: [
                find_changes(weights, read_only(a), b.view(np.uint16)) for a, b in zip(rows, halves[0], strict=True)
            ],
            "write": lambda: job.write_block(0, rows),
            "read": lambda: job.read_block(0, name, n),
            "combine2_and_write": lambda: combine_block(job, 0, rows, *halves),
        }
        found = {name: n_bytes / best(call) for name, call in measured.items()}
    engine = connect(args.cluster)
    try:
        run_all(engine, [(len, [1])])
        began = time.process_time()  # of the driver and the scheduler, which is in this process
        run_all(engine, [(len, [i]) for i in range(500)])
        found["task_seconds"] = (time.process_time() - began) / 500
        found["bandwidth"] = bandwidth(engine)
    finally:
        engine.close()
    print(json.dumps(found))


def bandwidth(engine: Engine) -> float:
    """Bytes a second from one worker to the other, of the clock: each makes rows, and one of them gets all."""
    seconds = []
    for seed in range(4):
        rows = [engine.submit(_rows, 2 * seed + side) for side in range(2)]
        list(engine.gather([engine.submit(len, one) for one in rows]))
        began = time.monotonic()
        list(engine.gather([engine.submit(_n_bytes, *rows)]))
        seconds.append(time.monotonic() - began)
        engine.release(rows)
    return _n_bytes(_rows(0)) / min(seconds)


def _rows(seed: int) -> Any:
    time.sleep(0.5)  # or one worker would make both
    return np.random.default_rng(seed).random((200_000, 300), np.float32)


def _n_bytes(*rows: Any) -> int:
    return sum(part.nbytes for part in rows)


def best(call: Callable[[], Any]) -> float:
    """The least processor seconds of three."""
    times = []
    for _ in range(3):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return min(times)


if __name__ == "__main__":
    sys.exit(main())
