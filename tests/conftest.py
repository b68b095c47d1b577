"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# Properties hold on busy machines too; how long an example takes is no part of them.
settings.register_profile("anywhere", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("anywhere")
