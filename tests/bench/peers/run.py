"""Runs the peers on one topic; those whose package is not installed are left out, and it is said which."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.traffic import FOLDER

HERE = Path(__file__).parent
PEERS = {
    "arroyo": "arroyo_strategy.py",
    "bytewax": "bytewax_flow.py",
    "quix-streams": "quix_streams.py",
    "faust": "stock_faust.py",
}
TIMEOUT_SECONDS = 600.0


def interpreter() -> str:
    """Return the Python that has the peers: that of `make bench-peers`, or this one."""
    own = FOLDER / "peers" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def run_peers(bootstrap: str, topic: str, events: int) -> dict[str, float]:
    """Return microseconds of CPU time per event, by peer."""
    took: dict[str, float] = {}
    for name, script in PEERS.items():
        command = [interpreter(), str(HERE / script), bootstrap, topic, str(events)]
        # Isolated from this project, whose modules are named as some peers' packages are.
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, cwd=HERE, env={"PATH": "/usr/bin:/bin"}
        )
        last = done.stdout.strip().rpartition("\n")[2]
        try:
            took[name] = 1e6 * float(last) / events
        except ValueError:
            why = (done.stderr.strip() or "it said nothing").rpartition("\n")[2]
            sys.stderr.write(f"{name} was not measured: {why}\n")
    return took
