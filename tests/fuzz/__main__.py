"""The long fuzz run: `make fuzz`, or `python -m tests.fuzz --inputs 1000000`.

Each target of `tests.fuzz.targets` gets its share of the inputs, made by libFuzzer from seeds and guided by what of the
Python code they reach. Writes `build/fuzz.json`; inputs that crash stay in `build/fuzz/`. Ends with 1 when one does.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS

FOLDER = Path("build") / "fuzz"
LIMITS = ("-timeout=20", "-rss_limit_mb=2048", "-max_len=4096", "-verbosity=1", "-print_final_stats=1")


def main() -> int:
    """Run every target."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    inputs = crashes = 0
    for name, target in TARGETS.items():
        done, code = _run(name, int(options.inputs * target.share) + 1, options.seed)
        inputs, crashes = inputs + done, crashes + (code != 0)
        sys.stdout.write(f"{name}: {done:,} inputs, {'a crash, see build/fuzz' if code else 'no crash'}\n")
        sys.stdout.flush()
    (FOLDER.parent / "fuzz.json").write_text(json.dumps({"inputs": inputs, "crashes": crashes}) + "\n")
    return int(crashes > 0)


def _run(name: str, runs: int, seed: int) -> tuple[int, int]:
    corpus = FOLDER / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(TARGETS[name].seeds):
        (corpus / f"seed-{number}").write_bytes(one)
    command = [sys.executable, "-m", "tests.fuzz.one", name, f"-runs={runs}", f"-seed={seed}", *LIMITS]
    command += [f"-artifact_prefix={FOLDER}/{name}-", str(corpus)]
    log = FOLDER / f"{name}.log"
    with log.open("wb") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    counted = re.findall(rb"number_of_executed_units: (\d+)", log.read_bytes())
    return (int(counted[-1]) if counted else 0), code


if __name__ == "__main__":
    sys.exit(main())
