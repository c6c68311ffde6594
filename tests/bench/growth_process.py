"""What an event costs as something grows: `python -m tests.bench.growth_process WHAT HOW_MANY` writes a line of JSON.

* `campaigns N`: N campaigns stand, confirmed by an analyst, among 150,000 accounts; then events of all of them.
* `hot-account S`: one account has S per cent of all traffic.
* `hot-template N`: one template has N owners, and each event is of one more.

All models of a worker run in one process (`tests.bench.pipeline`). Figures are of what follows once all that stands:
the median of parts of 10,000 events, and the longest that a thousand events took, for which others wait.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import median

import numpy as np
import orjson

from models.campaign.labels import Label
from tests.bench.pipeline import Pipeline, Step
from tests.bench.pools import HOUR_MS, START, Pools

ACCOUNTS, MEMBERS, MEASURED, PART = 150_000, 12, 100_000, 10


def main(what: str, how_many: int) -> None:
    pipeline = Pipeline()
    rest = {"campaigns": _campaigns, "hot-account": _hot_account, "hot-template": _hot_template}[what](
        pipeline, how_many
    )
    steps = list(pipeline.run(rest))
    parts = [steps[at : at + PART] for at in range(0, len(steps), PART)]
    model = pipeline.campaigns.model
    figures = {
        "cpu_us_per_event": median(_cost(part, "all") for part in parts),
        **{name: median(_cost(part, name) for part in parts) for name in ("accounts", "links", "campaigns")},
        "longest_ms": 1e3 * max(step.all for step in steps),
        "standing": sum(one.status == "alert" for one in model.campaigns.values()),
        "owners": max(pipeline.links.shard.table.links["count"].tolist()),
    }
    sys.stdout.buffer.write(orjson.dumps(figures) + b"\n")


def _cost(part: Sequence[Step], name: str) -> float:
    return 1e3 * sum(getattr(step, name) for step in part) / len(part)


def _campaigns(pipeline: Pipeline, campaigns: int) -> list[bytes]:
    """Let campaigns come to stand; return events of all accounts, drawn alike."""
    crew = campaigns * MEMBERS
    traffic = Pools(campaigns, ACCOUNTS - crew, 8 * (ACCOUNTS - crew), members=MEMBERS, requests=8)
    _all(pipeline, traffic.lines())
    groups = list(pipeline.campaigns.model.campaigns)[:campaigns]
    pipeline.campaigns.hear([Label("campaign", one, "distillation", ts=1) for one in groups])
    return _drawn(traffic, np.random.default_rng(2).integers(ACCOUNTS, size=MEASURED))


def _hot_account(pipeline: Pipeline, percent: int) -> list[bytes]:
    traffic = Pools(1, ACCOUNTS - MEMBERS, 2 * ACCOUNTS, members=MEMBERS)
    _all(pipeline, traffic.lines())
    rng = np.random.default_rng(2)
    account = rng.integers(ACCOUNTS, size=2 * MEASURED)
    account[rng.random(len(account)) < percent / 100] = MEMBERS
    return _drawn(traffic, account)


def _hot_template(pipeline: Pipeline, owners: int) -> list[bytes]:
    everybody = Pools(0, owners + MEASURED, 0)
    _all(pipeline, _drawn(everybody, np.arange(owners), shared=True))
    return _drawn(everybody, owners + np.arange(MEASURED), shared=True)


def _drawn(traffic: Pools, account: np.ndarray, *, shared: bool = False) -> list[bytes]:
    """Return an event of each of `account`, in turn, a millisecond apart."""
    ts = START + 1000 * HOUR_MS + np.arange(len(account))
    return traffic.written(np.random.default_rng(ts[0] + account[0]), account, ts, shared=shared)


def _all(pipeline: Pipeline, lines: Sequence[bytes]) -> None:
    for _ in pipeline.run(lines):
        pass


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
