"""The encoded stream on disk."""

import os
import re

import numpy as np
import pytest

from w2v.corpus.stream import forget_pages


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="Linux says how much is mapped")
def test_forgotten_pages_are_no_memory_of_this_process_and_can_be_read_again(tmp_path):
    def mapped():
        with open("/proc/self/status") as status:
            return int(re.search(r"RssFile:\s+(\d+)", status.read())[1]) * 1024

    np.arange(5_000_000, dtype=np.int32).tofile(tmp_path / "a")
    array, before = np.memmap(tmp_path / "a", np.int32, "r"), mapped()
    total = int(array.sum(dtype=np.int64))
    assert mapped() - before > 15_000_000
    forget_pages(array)
    assert mapped() - before < 5_000_000
    assert int(array.sum(dtype=np.int64)) == total == 5_000_000 * 4_999_999 // 2
    forget_pages(np.zeros(3))
