"""Networks of one hidden layer on handwritten digits, and the smallest one on a wave.

    python -m bench.digits                        scikit-learn's 1,797 images of 8 x 8, and the wave
    python -m bench.digits --plots docs           the same, with the wave drawn
    python -m bench.digits --mnist FOLDER         784-16-10 and 784-512-10 on the four MNIST files

MNIST's files are named as their authors named them, train-images-idx3-ubyte and so on, with .gz or without.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from w2v.data.idx import read_idx
from w2v.errors import W2VError
from w2v.network.network import Epoch, Fitting, Network, one_hot

N_TRAIN = 1400  # of scikit-learn's images


def main(words: Sequence[str] | None = None) -> int:
    """Fit and print; returns the exit code."""
    parser = argparse.ArgumentParser(
        "python -m bench.digits", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mnist", type=Path, metavar="FOLDER", help="where the four files are")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw the wave there")
    parser.add_argument("--epochs", type=int, default=30)
    args = parser.parse_args(words)
    try:
        if args.mnist:
            train, test = mnist(args.mnist, "train"), mnist(args.mnist, "t10k")
            for n_hidden in (16, 512):
                show(n_hidden, train, test, args.epochs)
            return 0
    except W2VError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    images, labels = small_digits()
    show(32, (images[:N_TRAIN], labels[:N_TRAIN]), (images[N_TRAIN:], labels[N_TRAIN:]), args.epochs)
    wave(args.plots)
    return 0


def show(n_hidden: int, train: Any, test: Any, n_epochs: int) -> None:
    """Fit a network of one hidden layer; print the test accuracy."""
    (images, labels), n_inputs = train, train[0].shape[1]
    network = Network.build(
        (n_inputs, n_hidden, 10), ("relu", "softmax"), "categorical-cross-entropy", dtype=np.float32
    )

    def progress(epoch: Epoch) -> None:
        print(f"\r{n_inputs}-{n_hidden}-10: epoch {epoch.number}, loss {epoch.loss:.4f}", end="", file=sys.stderr)

    fitting = Fitting(rate=0.005 if len(images) < 10_000 else 0.001, n_epochs=n_epochs, schedule="linear")
    network.fit(images, one_hot(labels, 10, np.float32), fitting, on_epoch=progress)
    _, accuracy = network.scores(test[0], one_hot(test[1], 10))
    print(f"\r{n_inputs}-{n_hidden}-10 after {n_epochs} epochs: {100 * accuracy:.2f} % of {len(test[1]):,} test images")


def small_digits() -> tuple[Any, Any]:
    """scikit-learn's images (1797, 64), from 0 to 1, and labels, in an order of their own."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    return (images[order] / 16).astype(np.float32), labels[order]


def mnist(folder: Path, part: str) -> tuple[Any, Any]:
    """Images (n, 784), from 0 to 1, and labels (n,)."""
    found = []
    for kind in ("images-idx3", "labels-idx1"):
        names = [folder / f"{part}-{kind}-ubyte{suffix}" for suffix in ("", ".gz")]
        found.append(read_idx(next((name for name in names if name.exists()), names[1])))
    images, labels = found
    return (images.reshape(len(images), -1) / np.float32(255)).astype(np.float32), labels


def wave(plots: Path | None) -> None:
    """1 + sin(πp / 4) on [−2, 2] by two sigmoid neurons and a linear one."""
    p = np.linspace(-2, 2, 41)[:, None]
    target = 1 + np.sin(np.pi * p / 4)
    network = Network.build((1, 2, 1), ("sigmoid", "identity"), "squared-error")
    network.fit(p, target, Fitting(rate=0.05, n_epochs=400, batch_size=8))
    print(f"1-2-1 on 1 + sin(πp / 4): mean squared error {np.mean((network.predict(p) - target) ** 2):.2g}")
    if plots:
        from matplotlib import pyplot

        figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3))
        left.plot(p, target, "k.", label="1 + sin(πp / 4)")
        left.plot(p, network.predict(p), label="1-2-1 network")
        left.legend()
        right.semilogy([epoch.loss for epoch in network.history])
        right.set(xlabel="epoch", ylabel="mean squared error")
        figure.tight_layout()
        figure.savefig(plots / "wave.svg")


if __name__ == "__main__":
    sys.exit(main())
