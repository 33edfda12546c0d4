"""A busy machine must not fail a law: Hypothesis runs without a time limit for each example."""

from hypothesis import settings

settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")
