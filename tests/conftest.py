"""What holds for every test."""

import os

from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine's other work than about the code; CI repeats itself
# exactly.
settings.register_profile(
    "stillwatch",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("stillwatch")
