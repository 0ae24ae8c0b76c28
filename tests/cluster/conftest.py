"""Three shards, and what an undisturbed run makes of them."""

import numpy as np
import pytest
from jobs import run


@pytest.fixture(scope="session")
def texts(tmp_path_factory):
    """Three files, some words of which are rare in each and not in all."""
    folder, generator = tmp_path_factory.mktemp("texts"), np.random.default_rng(1)
    paths = []
    for number in range(3):
        words = [f"w{k}" for k in (30 * generator.random(400) ** 2).astype(int)] + [f"only{number}", "each"]
        lines = [" ".join(words[start : start + 40]) for start in range(0, len(words), 40)]
        paths.append(folder / f"{number}.txt")
        paths[-1].write_text("\n".join(lines))
    return paths


@pytest.fixture
def one_shard_each(monkeypatch):
    monkeypatch.setattr("w2v.cluster.training._SHARD_BYTES", 1)


@pytest.fixture(scope="session")
def expected(texts, tmp_path_factory):
    """The digest of the model of three slices."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("w2v.cluster.training._SHARD_BYTES", 1)
        return run(texts, tmp_path_factory.mktemp("undisturbed"))
