"""No library is loaded when the text is in memory: too little of it is one sentence then, no hang and no crash."""

import os

import pytest
from support import python

LITTLE_MEMORY = """
import importlib, resource, sys
from pathlib import Path
from w2v.cli.commands import main

def libraries():
    lines = [line.split()[-1] for line in open("/proc/self/maps") if ".so" in line]
    return {line for line in lines if "lib-dynload" not in line}  # Python's own parts are small, and fail in order

def reading(*args):
    global loaded
    n_bytes, loaded = int(sys.argv[2]) << 20, libraries()
    if n_bytes:
        most = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + n_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return work(*args)

owner = importlib.import_module(sys.argv[1].split(":")[0])
name = sys.argv[1].split(":")[1]
work = getattr(owner, name)
setattr(owner, name, reading)
code = main(sys.argv[3:])
print(sorted(libraries() - loaded))
sys.exit(code)
"""
TRAIN = ("w2v.corpus.encode:encode_corpus", "train", "--vector-size", "8", "--epochs", "1", "--threads", "2")
CLASSIFY = ("w2v.classify.features:read_tokens", "classify", "train", "--finetune", "--epochs", "1", "--threads", "2")


@pytest.mark.parametrize("command", [TRAIN, CLASSIFY], ids=["train", "classify"])
def test_what_is_loaded_before_reading_is_enough(tmp_path, command):
    place, *words = command
    (tmp_path / "text").write_text("__label__a good film as ever\n__label__b bad film as ever\n" * 2000)
    for megabytes in (0, 24):  # the kernel is there the second time: LLVM ends the process where it has no memory
        out = tmp_path / f"{megabytes}.w2v"
        done = python(LITTLE_MEMORY, place, megabytes, *words, tmp_path / "text", "-o", out, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        if done.returncode == 2 and megabytes:
            assert "w2v: error: out of memory" in done.stderr and sorted(os.listdir(tmp_path)) == ["0.w2v", "text"], (
                done.stderr
            )
        else:
            assert done.returncode == 0 and done.stdout.splitlines()[-1] == "[]", (done.stdout, done.stderr)
