"""Does combining slices cost quality? Local training beside 1, 4 and 16 slices, in one process.

    python -m bench.cluster_quality train.txt --held-out rest.txt --eval questions-words.txt wordsim353.tsv \\
        --runs sg:1:0:0 sg:4:10:4 cbow:16:50:8 -o quality.jsonl

A run is MODEL:SLICES:ROUNDS:GAIN, rounds of an epoch and what the learning rate is multiplied with; 0 rounds
train as on one machine. What slices give does not depend on the engine or on who trains them, so one process will do.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.accuracy import scores
from w2v.cluster.engine import InProcess
from w2v.cluster.training import train
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.training.engine import Load
from w2v.training.history import Statistics
from w2v.training.hogwild import Hogwild
from w2v.training.model import Word2Vec
from w2v.training.schedule import Chunk, epoch_key

_CHUNK = 10_000


def main() -> None:
    """Train all runs for each seed, a line of JSON each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--held-out", required=True)
    parser.add_argument("--eval", nargs="+", required=True)
    parser.add_argument("--runs", nargs="+", required=True)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--vector-size", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("-o", "--output", required=True)
    args = parser.parse_args()
    for seed in args.seeds:
        for run in args.runs:
            began = time.monotonic()
            found = {"run": run, "seed": seed, **measure(args, run, seed), "seconds": time.monotonic() - began}
            print(json.dumps(found), flush=True)
            with open(args.output, "a", encoding="utf-8") as file:
                file.write(json.dumps({**found, "epochs": args.epochs, "vector_size": args.vector_size}) + "\n")


def measure(args: argparse.Namespace, run: str, seed: int) -> dict[str, Any]:
    """Train, and score: loss per pair on text that was held out, and each evaluation file."""
    model, *numbers = run.split(":")
    n_slices, n_rounds, gain = int(numbers[0]), int(numbers[1]), float(numbers[2])
    config = TrainConfig(
        model=model, vector_size=args.vector_size, epochs=args.epochs, seed=seed, threads=args.threads
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "model.w2v")
        if n_rounds:
            train([args.corpus], output, InProcess(), Path(folder, "job"), config, None, n_slices, n_rounds, gain)
            trained = Word2Vec.load(output)
        else:
            config = TrainConfig(**{**vars(config), "alpha": config.start_alpha * (gain or 1)})
            trained = Word2Vec.from_config(config)
            with encode_corpus([args.corpus], TextConfig(), config) as corpus:
                trained.prepare(corpus)
                trained.run(corpus)
        return {
            "train_loss": trained.history.epochs[-1].mean_loss,
            "held_out": held_out_loss(trained, args.held_out),
            **{Path(path).stem: score for path, score in zip(args.eval, scores(trained.wv, args.eval), strict=True)},
        }


def held_out_loss(model: Any, path: str) -> float:
    """Loss per pair, in nats, of text that was not trained: the kernel with the learning rate 0."""
    with encode_corpus([path], TextConfig(), model.keeping_all(), model.vocab) as corpus:
        engine = Hogwild(Load(model.weights, corpus.ids, model.vocab.counts, model.config, chunk_size=_CHUNK))
        total, key = Statistics(), epoch_key(0, 0)  # the same negatives for all
        for start in range(0, len(corpus.ids), _CHUNK):
            chunk = Chunk(start, min(start + _CHUNK, len(corpus.ids)), np.uint64(key), 0.0)
            total = total.plus(engine.calls.train(model.weights, engine.calls.scratches[0], chunk))
        return total.mean_loss


if __name__ == "__main__":
    main()
