"""Small jobs for a cluster, and the same on one machine."""

import hashlib

from w2v import TrainConfig, Word2Vec
from w2v.cluster import train
from w2v.cluster.engine import InProcess
from w2v.corpus.encode import encode_corpus

CONFIG = TrainConfig(model="sg", vector_size=8, epochs=2, min_count=2, sample=0.1, threads=1, window=3)


def run(texts, folder, engine=None, **more):
    """Train with three slices; returns the digest of the model."""
    more = {"config": CONFIG, "slices": 3, "rounds": 2, **more}
    train(texts, folder / "a.w2v", engine or InProcess(), folder / "job", **more)
    return digest(folder)


def digest(folder):
    return hashlib.sha256((folder / "a.w2v").read_bytes()).hexdigest()


def on_one_machine(texts, config, text=None):
    model = Word2Vec.from_config(config, text)
    with encode_corpus(list(map(str, texts)), model.text, config) as corpus:
        model.prepare(corpus)
        model.run(corpus)
    return model
