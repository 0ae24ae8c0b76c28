"""The same tasks on Ray, in real processes."""

import pytest
from jobs import run

pytest.importorskip("ray")


def test_ray_gives_the_same_bytes(texts, expected, tmp_path, one_shard_each):
    from w2v.cluster.ray_engine import RayEngine

    assert run(texts, tmp_path, RayEngine("local:2")) == expected
