"""A cluster that is not there: rounds of a job as events, for numbers of machines that nobody has at hand.

    python -m bench.cluster_simulation                          the table of docs/scale-out.md
    python -m bench.cluster_simulation --check measured.jsonl   beside what `bench.cluster_overhead` measured

Of each round the tasks of `w2v.cluster.rounds` are played: blocks are read from shared storage and carried from
machine to machine, each transfer holding one machine's way out and another's way in; slices train; their changes are
carried to who combines a block; blocks are written. The one scheduler takes its time for each task. Machines fail as
often as they are told to, and what they had is done again by another. Rates are those of `constants`, measured here by
`bench.cluster_overhead constants`; bandwidth, latency, slowness and failures are parameters.
"""

import argparse
import dataclasses
import json
import math
import random
from dataclasses import dataclass
from pathlib import Path

GB = 1e9
_PLAYED = ((1, 8, 0), (1, 15, 0), (1, 50, 0), (1, 15, 1), (3, 8, 0), (3, 15, 0), (3, 50, 0))  # GB/s, rounds, failures
_ASKED = 8  # of those that have a block, for the one that is free first


@dataclass(frozen=True)
class Machines:
    """The cluster, the model and the text. Rates of rows are bytes of float32 a second, of one process."""

    n: int
    words_per_second: float  # of one machine, all its threads
    n_words: int = 3_000_000
    size: int = 300
    n_tokens: float = 1e12
    n_rounds: int = 50
    blocks: int = 64
    bandwidth: float = 1.0 * GB  # bytes a second, each way, of one machine
    latency: float = 0.5e-3  # seconds of a transfer
    storage: float = 5.0 * GB  # bytes a second of the shared folder, all machines together
    task_seconds: float = 1e-3  # of the scheduler, for each task
    threads: int = 8  # that share out changing and combining, as far as memory keeps up
    memory: float = 20.0 * GB  # a second, that it does
    assemble: float = 8.0 * GB
    change: float = 10.0 * GB  # of one thread
    combine: float = 6.5 * GB  # of one thread, for one slice's changes
    write: float = 1.1 * GB
    read: float = 2.5 * GB
    fresh: float = 5.0 * GB  # of memory that is touched for the first time
    slow_share: float = 0.1  # of the machines
    slow_factor: float = 1.15  # times as long as the others
    spread: float = 0.03  # of a slice's time, standard deviation
    failures: float = 0.0  # of a machine, an hour
    restart: float = 60.0  # seconds until another one is there

    @property
    def model_bytes(self) -> float:
        """Both matrices, float32."""
        return 2 * self.n_words * self.size * 4


class Lanes:
    """When each machine's way out and way in are free again."""

    def __init__(self, n: int, machines: Machines) -> None:
        self.out, self.into, self.machines = [0.0] * n, [0.0] * n, machines

    def carry(self, source: int, target: int, n_bytes: float, ready: float) -> float:
        """Carry bytes that are ready at a time; returns when they are there."""
        if source == target:
            return ready
        begin = max(ready, self.out[source], self.into[target])
        end = begin + self.machines.latency + n_bytes / self.machines.bandwidth
        self.out[source] = self.into[target] = end
        return end


def round_seconds(m: Machines, draw: random.Random) -> tuple[float, float]:
    """(seconds of a round, of them the kernel's on an average machine)."""
    n_blocks = min(max(m.n, 8), m.blocks)
    block, lanes, clock = m.model_bytes / n_blocks, Lanes(m.n, m), 0.0
    share = m.storage / min(m.n, n_blocks)  # of one reader or writer, while all are at it
    # Blocks are read, and carried on by whoever has them and is free first; machines ask for them in different orders.
    holders: list[list[tuple[float, int]]] = []  # of each block: (when it is there, machine)
    arrived = [0.0] * m.n
    for number in range(n_blocks):
        clock += m.task_seconds
        owner = number % m.n
        arrived[owner] = max(arrived[owner], clock) + block / min(m.read, share)
        holders.append([(arrived[owner], owner)])
    for shift in range(1, m.n):
        for number, having in enumerate(holders):
            target = (number + shift) % m.n
            when, source = min((max(time, lanes.out[k]), k) for time, k in having[:_ASKED])
            end = lanes.carry(source, target, block, when)
            having.append((end, target))
            arrived[target] = max(arrived[target], end)
    # Slices train.
    kernel = m.n_tokens / m.n_rounds / m.n / m.words_per_second
    ends, trained, n_slow = [], 0.0, round(m.slow_share * m.n)
    for k in range(m.n):
        seconds = kernel * (m.slow_factor if k < n_slow else 1.0) * max(0.5, draw.gauss(1, m.spread))
        trained += seconds
        work = m.model_bytes / m.assemble + seconds + m.model_bytes / min(m.change * m.threads, m.memory)
        work += 2.5 * m.model_bytes / m.fresh  # blocks that came, their copy, and changes of half the size
        begin = max(arrived[k], clock)
        if draw.random() < 1 - math.exp(-m.failures * work / 3600):
            # It is lost at some moment, and its slice begun again where there is one to spare or a new one.
            begin += draw.random() * work + m.restart + m.model_bytes / m.bandwidth
        ends.append(begin + work)
        clock += m.task_seconds
    # The driver has seen all; each block's changes go to who combines it. Half of the scheduler's work for them was
    # done while slices were trained.
    begin = max(ends) + m.n * m.task_seconds
    lanes, done, each = Lanes(m.n, m), begin, m.n * m.task_seconds / 2
    for number in range(n_blocks):
        owner, when = number % m.n, begin + number * each
        for shift in range(m.n):
            when = max(when, lanes.carry((owner + shift) % m.n, owner, block / 2, begin + number * each))
        rows_here = -(-n_blocks // m.n)
        done = max(
            done, when + rows_here * (block * m.n / min(m.combine * m.threads, m.memory) + block / min(m.write, share))
        )
    return done, trained / m.n


def run(m: Machines, n_played: int = 5, seed: int = 1) -> dict[str, float]:
    """A job: hours of a pass over the text, speed-up over one machine, share of what is no training."""
    draw = random.Random(seed)
    played = [round_seconds(m, draw) for _ in range(n_played)]
    seconds, kernel = (sum(one[k] for one in played) / n_played for k in (0, 1))
    alone = m.n_tokens / m.words_per_second
    return {
        "round_seconds": seconds,
        "hours": seconds * m.n_rounds / 3600,
        "speed_up": alone / (seconds * m.n_rounds),
        "beside_training": 1 - kernel / seconds,
    }


def table(base: Machines) -> None:
    """Machines against bandwidth, rounds and failures."""
    print("| machines | network, storage | rounds | failures a machine and day | hours | speed-up | beside training |")
    print("|---|---|---|---|---|---|---|")
    for n in (8, 16, 64, 256):
        for speed, n_rounds, daily in _PLAYED:
            m = dataclasses.replace(
                base, n=n, bandwidth=speed * GB, storage=5 * speed * GB, n_rounds=n_rounds, failures=daily / 24
            )
            found = run(m, 4 if n > 100 else 40)
            print(
                f"| {n} | {speed} GB/s, {5 * speed} GB/s | {n_rounds} | {daily} | {found['hours']:.2f} | "
                f"{found['speed_up']:.1f}× | {100 * found['beside_training']:.0f} % |"
            )


def check(base: Machines, path: str) -> None:
    """What is foretold of rounds that were measured with two workers."""
    for line in Path(path).read_text().splitlines():
        found = json.loads(line)
        if "beside" not in found:
            continue
        m = dataclasses.replace(
            base, n=2, n_words=found["words"], size=found["d"], n_rounds=1, slow_share=0, spread=0, threads=1,
            n_tokens=found["tokens"], words_per_second=found["tokens"] / 2 / found["kernel"],
        )  # fmt: skip
        foretold = run(m, 1)["round_seconds"]
        print(f"{found['words']:>9,} words: {found['seconds']:.2f} s measured, {foretold:.2f} s foretold "
              f"({foretold / found['seconds'] - 1:+.0%})")  # fmt: skip


def main() -> None:
    """The table, or the check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", metavar="MEASURED")
    parser.add_argument("--words-per-second", type=float, default=16e6, help="of a machine, all its threads")
    for item in dataclasses.fields(Machines)[2:]:
        parser.add_argument("--" + item.name.replace("_", "-"), type=type(item.default), default=item.default)
    args = vars(parser.parse_args())
    path = args.pop("check")
    base = Machines(n=2, **args)
    if path:
        check(base, path)
    else:
        table(base)


if __name__ == "__main__":
    main()
