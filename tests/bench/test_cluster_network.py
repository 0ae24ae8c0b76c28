"""Namespaces of the network: made as they are asked for, and gone afterwards."""

import shutil
import subprocess

import pytest

from bench.cluster_network import Network


@pytest.fixture
def network():
    """Where this process may make one."""
    if shutil.which("ip") is None or shutil.which("tc") is None:
        pytest.skip("ip and tc (iproute2) are not here")
    network = Network("100mbit", None)
    try:
        network.make()
        yield network
    except subprocess.CalledProcessError:
        pytest.skip("namespaces and a limited rate are not allowed here")
    finally:
        network.remove()


def output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def test_each_way_is_limited_and_nothing_is_left(network):
    for name, device in ((network.leaves[0], "out"), (network.hub, "in2")):
        assert "tbf" in output("tc", "-n", name, "qdisc", "show", "dev", device)
    assert "10.99.0.2" in output("ip", "-n", network.leaves[0], "addr")
    network.remove()
    assert not set(network.names) & set(output("ip", "netns").split())
