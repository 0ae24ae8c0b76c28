"""Work in threads: the order of results and of errors."""

import threading
import time

import pytest

from w2v.system.parallel import ordered_map

THREADS = [1, 2, 5]


@pytest.mark.parametrize("n_threads", [*THREADS, None])
@pytest.mark.parametrize("n_items", [0, 1, 2, 30])
def test_results_are_those_of_map(n_threads, n_items):
    def work(item):
        time.sleep(0.002 * (item % 3 == 0))  # the later ones are done first
        return item * item

    assert list(ordered_map(work, iter(range(n_items)), n_threads)) == [item * item for item in range(n_items)]


def failing_items(n_items):
    yield from range(n_items)
    raise KeyError("items")


@pytest.mark.parametrize("n_threads", THREADS)
@pytest.mark.parametrize("n_items", [0, 1, 2, 9])
def test_an_error_of_the_items_comes_after_the_results_before_it(n_threads, n_items):
    results = ordered_map(lambda item: item, failing_items(n_items), n_threads)
    assert [next(results) for _ in range(n_items)] == list(range(n_items))
    with pytest.raises(KeyError, match="items"):
        next(results)


@pytest.mark.parametrize("n_threads", THREADS)
@pytest.mark.parametrize("n_items", [3, 4, 9])
def test_an_error_of_the_work_comes_before_a_later_one_of_the_items(n_threads, n_items):
    def work(item):
        if item == 2:
            raise ValueError("work")
        return item

    results = ordered_map(work, failing_items(n_items), n_threads)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="work"):
        next(results)


def test_few_items_are_taken_ahead():
    taken = []
    results = ordered_map(lambda item: item, (taken.append(item) or item for item in range(1000)), 2)
    assert next(results) == 0
    assert len(taken) <= 5


def test_more_than_one_thread_works():
    together = threading.Barrier(2, timeout=30)  # breaks unless two pieces of work wait at the same time
    assert list(ordered_map(lambda item: together.wait() >= 0, range(4), 2)) == [True] * 4
