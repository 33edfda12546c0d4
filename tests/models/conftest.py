"""Keras tests share one rule: whatever runs is built small."""

import pytest

from mmseg_edu import backend


@pytest.fixture(autouse=True)
def _repeatable():
    backend.seed(0)
    yield
    backend.load().utils.clear_session(free_memory=False)
