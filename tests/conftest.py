"""Fixtures that several test files share."""

import pytest
from support import KINDS


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def kind(request):
    """Each model × objective × variant, as `TrainConfig` arguments."""
    return request.param
