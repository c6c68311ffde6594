"""`make audit`: bills of materials, and what the index and the sources of advisories say of what is pinned.

Writes `build/sbom.json` (what runs), `build/sbom-dev.json` (what tests and builds as well), both CycloneDX and checked,
and `build/audit.json`. Ends with 1 on a vulnerability that `ignored.toml` does not name, a withdrawn pin, or a hash
that is another one today. Where nobody answers it says so, and goes on: a machine without a network can build all
the same; `--answers-required` makes that a failure.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tests.supply import advisories, registry
from tests.supply.advisories import SOURCES
from tests.supply.bill import write_bill
from tests.supply.ignored import read_ignored
from tests.supply.lock import DEVELOPMENT, ROOT, RUNTIME, Lock

BUILD = Path("build")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every step."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply", description=__doc__)
    parser.add_argument("--answers-required", action="store_true", help="fail where no source answers")
    parser.add_argument("--osv", metavar="URL", help="a source that speaks OSV's protocol, to ask before the others")
    options = parser.parse_args(arguments)
    for name, out in ((RUNTIME, "sbom.json"), (DEVELOPMENT, "sbom-dev.json")):
        _say(f"{write_bill(Lock(ROOT / name), BUILD / out)} components of {name} in {BUILD / out}, valid CycloneDX")
    lock = Lock(ROOT / DEVELOPMENT)  # holds all of the other one
    index = registry.ask_index(lock)
    own = (("the source given", ("--vulnerability-service", "osv", "--osv-url", options.osv)),) if options.osv else ()
    known = advisories.ask_sources(lock, (*own, *SOURCES))
    problems = list(index.problems)
    if index.silent is None:
        _say(f"index: asked for {len(lock.hashes)} pins, {len(index.problems)} withdrawn or with other hashes")
    else:
        _say(f"index: NOT CHECKED whether a pin was withdrawn or has other hashes now: {index.silent}")
    if known.source is None:
        _say(f"advisories: NO SOURCE ANSWERED, so nothing is known of vulnerabilities in {len(lock.hashes)} pins")
    else:
        problems += advisories.weigh(known.findings, read_ignored(), date.today())
        _say(f"advisories: {known.source} knows {known.known} pins, {len(known.findings)} vulnerabilities in them")
    for why in known.silent:
        _say(f"  no answer from {why}")
    unanswered = [name for name, silent in (("index", index.silent), ("advisories", known.source is None)) if silent]
    report = {"pins": len(lock.hashes), "unanswered": unanswered, "advisories_from": known.source, "problems": problems}
    (BUILD / "audit.json").write_text(json.dumps(report, indent=1) + "\n")
    for problem in problems:
        _say(f"PROBLEM: {problem}")
    return int(bool(problems) or (options.answers_required and bool(unanswered)))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
