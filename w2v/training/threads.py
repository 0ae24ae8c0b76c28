"""The same work on many items in threads that share them out, until someone says stop."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any

_POLL_SECONDS = 0.1


def run_threads(
    work: Callable[[Any, Any], Any],
    scratches: Sequence[Any],
    items: Iterator[Any],
    report: Callable[[Any], None],
    should_stop: Callable[[], bool],
) -> None:
    """`work(scratch, item)` for all items from the first on, without a gap, in a thread for each scratch, until there
    are no more or `should_stop()`; then no thread is at work. `report` gets the results, in this thread. An error in
    any thread stops all and is raised here.

    items: each call of `next` must be one step of the interpreter, as of a `map`, for the threads share it.
    """
    done, stopped = deque[Any](), False

    def go_on(scratch: Any) -> None:
        while not stopped and (item := next(items, None)) is not None:
            done.append(work(scratch, item))

    with ThreadPoolExecutor(len(scratches), thread_name_prefix="w2v") as pool:
        try:
            working: set[Any] = {pool.submit(go_on, scratch) for scratch in scratches}
            while working:
                finished, working = wait(working, _POLL_SECONDS, FIRST_EXCEPTION)
                for future in finished:
                    future.result()
                while done:
                    report(done.popleft())
                stopped = stopped or should_stop()
        except BaseException:
            stopped = True
            raise
