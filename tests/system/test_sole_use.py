"""A file that is held against other programs."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import python

from w2v.errors import ConfigError
from w2v.system.sole_use import sole_use

HOLDING = """
import sys
from w2v.system.sole_use import sole_use
with sole_use(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""
COUNTING = """
import sys
from w2v.errors import ConfigError
from w2v.system.sole_use import sole_use
path, n = sys.argv[1], 0
while n < 200:
    try:
        with sole_use(path):
            value = int(open(path).read())
            open(path, "w").write(str(value + 1))
            n += 1
    except ConfigError:
        pass
"""


def test_one_at_a_time_and_nothing_is_left(tmp_path):
    path = tmp_path / "a"
    with sole_use(path):
        with pytest.raises(ConfigError, match="another run is at work with .*a; wait for its end"), sole_use(path):
            pass
        with sole_use(tmp_path / "b"):
            pass
    with sole_use(path):
        pass
    assert os.listdir(tmp_path) == []


def test_links_lead_to_one_file(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "a")
    with sole_use(tmp_path / "folder" / "a"), pytest.raises(ConfigError), sole_use(tmp_path / "link"):
        pass


def test_a_killed_program_holds_nothing(tmp_path):
    path = tmp_path / "a"
    program = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(ConfigError), sole_use(path):
            pass
        process.kill()
    assert os.listdir(tmp_path) == [".a.lock"]
    with sole_use(path):
        pass
    assert os.listdir(tmp_path) == []


def test_many_who_come_and_go_are_never_two(tmp_path):
    path = tmp_path / "n"
    path.write_text("0")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: python(COUNTING, path), range(4)))
    assert path.read_text() == "800" and os.listdir(tmp_path) == ["n"]


def test_where_nothing_can_be_held_the_work_is_done(tmp_path):
    with sole_use(tmp_path / ("x" * 255)), sole_use(tmp_path / "missing" / "a"):
        pass
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / ".a.lock").symlink_to(victim)
    with sole_use(tmp_path / "a"):
        pass
    assert victim.read_text() == "kept" and (tmp_path / ".a.lock").is_symlink()
