"""Fixtures that several test files share."""

import os
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
