"""Two workers at two addresses, with a network between them that is as slow as asked for; then a command beside them.

    python -m bench.cluster_network --rate 400mbit -- python -m bench.cluster_overhead rounds --words 10000
    python -m bench.cluster_simulation --check measured.jsonl --bandwidth 5e7

Three namespaces of the network are made and removed: one for the scheduler and the command, whose words get `--cluster
ADDRESS` at their end, and one for each worker. Each worker's way out and way in lets bytes through at the rate (tbf of
tc). `--delay` needs netem, which not all kernels have. Needs the right to make namespaces.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.cluster_faults import environment

_PORT = 8786
_BURST = "256kb"  # more than a packet of 64 kB, which is what processes of one machine hand each other


class Network:
    """Namespaces joined by a bridge in the first of them. Their addresses: 10.99.0.1 for that, then one each."""

    def __init__(self, rate: str, delay: str | None) -> None:
        self.rate, self.delay = rate, delay
        self.hub, *self.leaves = self.names = [f"w2v{os.getpid()}-{k}" for k in range(3)]
        self.processes: list[subprocess.Popen[bytes]] = []

    def make(self) -> None:
        """Make all of it. Raises `CalledProcessError` where that is not allowed."""
        for name in self.names:
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", self.hub, "link", "add", "bridge", "type", "bridge")
        _ip("-n", self.hub, "addr", "add", f"{address(0)}/24", "dev", "bridge")
        _ip("-n", self.hub, "link", "set", "bridge", "up")
        for k, leaf in enumerate(self.leaves, 1):
            _ip("-n", leaf, "link", "add", "out", "type", "veth", "peer", "name", f"in{k}", "netns", self.hub)
            _ip("-n", self.hub, "link", "set", f"in{k}", "master", "bridge", "up")
            _ip("-n", leaf, "addr", "add", f"{address(k)}/24", "dev", "out")
            _ip("-n", leaf, "link", "set", "out", "up")
            self._slow(leaf, "out")
            self._slow(self.hub, f"in{k}")

    def _slow(self, name: str, device: str) -> None:
        tc = ["tc", "-n", name, "qdisc", "add", "dev", device]
        shape = ["tbf", "rate", self.rate, "burst", _BURST, "latency", "1s"]
        subprocess.run([*tc, "root", "handle", "1:", *shape], check=True)
        if self.delay:
            subprocess.run([*tc, "parent", "1:", "netem", "delay", self.delay, "limit", "100000"], check=True)

    def start(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """Start a process there."""
        command = ["ip", "netns", "exec", name, *words]
        self.processes.append(subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL))
        return self.processes[-1]

    def remove(self) -> None:
        """End the processes, and take all away."""
        for process in self.processes:
            process.terminate()
            process.wait()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)


def address(k: int) -> str:
    """Of the k-th namespace."""
    return f"10.99.0.{k + 1}"


@contextlib.contextmanager
def cluster(network: Network) -> Iterator[str]:
    """The scheduler's address, with a worker in each other namespace."""
    dask, where = [sys.executable, "-m"], f"tcp://{address(0)}:{_PORT}"
    try:
        network.make()
        scheduler = ["distributed.cli.dask_scheduler", "--host", address(0), "--port", str(_PORT), "--no-dashboard"]
        network.start(network.hub, *dask, *scheduler)
        for k, leaf in enumerate(network.leaves, 1):
            one = ["--host", address(k), "--nthreads", "1", "--memory-limit", "0", "--no-nanny", "--no-dashboard"]
            network.start(leaf, *dask, "distributed.cli.dask_worker", where, *one)
        time.sleep(5)  # the driver waits for one worker, and both are to have slices
        yield where
    finally:
        network.remove()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", default="1gbit", help="of each worker's way out and way in, as tc writes it")
    parser.add_argument("--delay", help="of a packet on each way, as tc writes it")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    network = Network(args.rate, args.delay)
    with cluster(network) as where:
        return network.start(network.hub, *args.command, "--cluster", where).wait()


if __name__ == "__main__":
    sys.exit(main())
