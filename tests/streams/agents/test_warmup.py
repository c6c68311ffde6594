"""Nothing is compiled while a worker runs that could have been before."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: what other tests have compiled here is compiled.
PROGRAM = """
import pkgutil
from importlib import import_module

from numba.core.dispatcher import Dispatcher

import models
from streams.agents.warmup import warm_up
from streams.settings import Settings
from tests.bench.pipeline import Pipeline
from tests.bench.pools import Pools

modules = [import_module(found.name) for found in pkgutil.walk_packages(models.__path__, "models.")]
compiled = {
    f"{one.__name__}.{name}": what
    for one in modules
    for name, what in vars(one).items()
    if isinstance(what, Dispatcher)
}
assert len(compiled) > 50
warm_up(Settings())
before = {name: len(what.signatures) for name, what in compiled.items()}
pipeline = Pipeline()
for _ in pipeline.run(Pools(8, 2_000, 30_000, members=32, requests=32, hours=24).lines()):
    pass
assert any(one.status == "alert" for one in pipeline.campaigns.model.campaigns.values())
print(*(name for name, what in compiled.items() if len(what.signatures) != before[name]))
"""


def test_what_agents_call_is_compiled_before_they_start() -> None:
    late = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stdout.split()
    assert late == []
