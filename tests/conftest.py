"""A busy machine must not fail a law: Hypothesis runs without a time limit for an example or for making one."""

from hypothesis import HealthCheck, settings

settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")
