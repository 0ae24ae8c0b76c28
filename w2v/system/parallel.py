"""The same work on many items in a few threads, results in order.

For work that NumPy does: its loops let go of the interpreter's lock.
"""

import itertools
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def usable_cpus() -> int:
    """CPUs this process may run on, which in a container or under `taskset` are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def ordered_map(
    work: Callable[[Item], Result], items: Iterable[Item], n_threads: int | None = None
) -> Generator[Result, None, None]:
    """`work(item)` for each item, in order, as `map` gives them; `n_threads` None takes one per usable processor.

    Few results wait at a time. Errors come in order too: one that `items` raises comes after the results (or the
    error) of the items before it.
    """
    n_threads = usable_cpus() if n_threads is None else n_threads
    rest, failure = iter(items), None
    first: list[Item] = []
    try:
        first += itertools.islice(rest, 1)
        if n_threads > 1:
            first += itertools.islice(rest, 1)
    except Exception as error:
        failure = error
    if n_threads == 1 or len(first) < 2 or failure is not None:  # nothing to share
        yield from map(work, first if failure is not None else itertools.chain(first, rest))
    else:
        yield from _in_threads(work, itertools.chain(first, rest), n_threads)
    if failure is not None:
        raise failure


def _in_threads(work: Callable[[Item], Result], items: Iterator[Item], n_threads: int) -> Generator[Result, None, None]:
    from concurrent.futures import Future, ThreadPoolExecutor  # not needed to look up a word

    waiting: deque[Future[Result]] = deque()
    failure = None
    with ThreadPoolExecutor(n_threads) as pool:
        try:
            while failure is None:
                try:
                    waiting.append(pool.submit(work, next(items)))
                except StopIteration:
                    break
                except Exception as error:
                    failure = error
                if len(waiting) > n_threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
    if failure is not None:
        raise failure
