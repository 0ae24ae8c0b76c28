"""Fixtures that several test files share."""

import contextlib
import functools
import http.server
import os
import threading
from unittest.mock import patch

import pytest

# Before anything of NumPy is loaded: a worker has a processor, and two that have two threads each wait for each other.
with patch.dict(os.environ, {"OPENBLAS_NUM_THREADS": "1"}):
    import scipy.linalg  # noqa: F401 - which has a library of its own

import numpy as np
from support import KINDS, compile_kernel

# Of the hundreds of processes that tests start each would compile the package's text again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


WHOLE_SUITE = 1000  # tests, at least


def pytest_collection_finish(session):
    """Workers that are to run the whole suite share out the versions of the kernel and compile them first: two that met
    in tests of one version would both compile it, for 20 seconds."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or len(session.items) < WHOLE_SUITE:
        return
    versions = [(np.float32, False), (np.float32, True), (np.float64, True), (np.float64, False)]
    number = int(worker["workerid"].removeprefix("gw"))
    for version in versions[number :: worker["workercount"]]:
        with contextlib.suppress(Exception):  # what is wrong with it the tests will say
            compile_kernel(*version)


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def kind(request):
    """Each model × objective × variant, as `TrainConfig` arguments."""
    return request.param


@pytest.fixture
def served(tmp_path):
    """A folder and the address at which a server gives its files."""
    pytest.importorskip("smart_open")
    pytest.importorskip("requests")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
