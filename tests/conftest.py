"""Fixtures that several test files share."""

import functools
import http.server
import os
import threading
from unittest.mock import patch

import pytest

# Before anything of NumPy is loaded: a worker has a processor, and two that have two threads each wait for each other.
with patch.dict(os.environ, {"OPENBLAS_NUM_THREADS": "1"}):
    import scipy.linalg  # noqa: F401 - which has a library of its own

from support import KINDS

# Of the hundreds of processes that tests start each would compile the package's text again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


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
