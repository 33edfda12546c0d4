"""Networks are built small, and from a seed."""

import pytest

from mmseg_edu import backend


@pytest.fixture
def keras():
    backend.seed(0)
    yield backend.load()
    backend.load().utils.clear_session(free_memory=False)
