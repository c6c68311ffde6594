"""What accounts cost: `python -m tests.bench.account_process ACCOUNTS EVENTS` writes a line of JSON.

Each account has four events, each account one before any has the next, on four partitions in one process, as a worker
has them; only the account models run. Costs are of the third and the fourth, when every account is known, in five
parts. Where four each are fewer than EVENTS, other accounts follow in the place of these: what an event costs depends
on how many its account had before, so numbers of accounts are compared at events of the same number.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator

import numpy as np
import orjson

from models.account.decode import decode_columns
from models.account.row import ACCOUNT, pack_all
from models.account.shard import AccountShard

PARTITIONS, CHUNK, SLICE, PARTS, EACH = 4, 5000, 1000, 5, 4
START = 1_790_000_000_000


def messages(rng: np.random.Generator, first: int, accounts: np.ndarray, ts: int) -> list[bytes]:
    """Return a chunk of messages of 500 bytes, one of each of `accounts`."""
    keys = rng.integers(0, 2**63, size=(len(accounts), 6), dtype=np.uint64)
    keys[:, 0] = accounts % 5000  # a template that two hundred accounts in a million share
    made = []
    for i, (account, key) in enumerate(zip(accounts.tolist(), keys.tolist(), strict=True)):
        templates = ",".join([f'"{one:016x}"' for one in key])
        made.append(
            b'{"event_id":"%016x","ts":%d,"account_id":"account-%07d","model":"atlas-4","input_tokens":812,'
            b'"output_tokens":310,"org_id":"org-%07d","account_created":1780000000000,"client":"sdk-python/2.1",'
            b'"ip":"%016x","tls":"74f81c","payment":"card-%07d","signup":"form-%07d","latency_ms":1834.5,'
            b'"stop_reason":"end_turn","templates":[%s]}'
            % (first + i, ts + i, account, account, account // 3, account, account, templates.encode())
        )
    return made


def main(accounts: int, events: int) -> None:
    rng, baseline = np.random.default_rng(1), _rss()
    costs: list[float] = []
    for _ in range(max(events // (EACH * accounts), 1)):
        shards = [AccountShard() for _ in range(PARTITIONS)]
        costs += _costs(rng, shards, accounts // PARTITIONS)
    known = sum(len(shard.bank) for shard in shards)
    packed = [len(state) for shard in shards for state in pack_all(shard.bank.rows[: min(len(shard.bank), 10_000)])]
    names = sum(map(len, (name for shard in shards for name in shard.bank.names))) / known
    figures = {
        "accounts": known,
        "cpu_us_per_event": [float(np.mean(part)) for part in np.array_split(costs, PARTS)],
        "rss_bytes": _rss(),
        "growth_bytes_per_account": (_rss() - baseline) / known,
        # A row, its name as a Python string, and its places in the lists and the index.
        "state_bytes": ACCOUNT.itemsize + 49 + names + 8 + 8,
        "changelog_bytes": float(np.median(packed)),
    }
    sys.stdout.buffer.write(orjson.dumps(figures) + b"\n")


def _costs(rng: np.random.Generator, shards: list[AccountShard], share: int) -> Iterator[float]:
    """Give `share` accounts of each of `shards` their events; yield what one took in each chunk of the second half."""
    chunk, first = min(CHUNK, share), 0
    for number in range(EACH):
        orders = [rng.permutation(share) for _ in shards]
        for at in range(0, share, chunk):
            for partition, (shard, order) in enumerate(zip(shards, orders, strict=True)):
                accounts = PARTITIONS * order[at : at + chunk] + partition
                raws = messages(rng, first, accounts, START + 10 * first)
                first += len(raws)
                began = time.process_time()
                columns = decode_columns(raws).columns
                for begin in range(0, len(columns), SLICE):
                    shard.process_columns(columns.part(begin, begin + SLICE))
                if number >= EACH // 2:
                    yield 1e6 * (time.process_time() - began) / len(raws)


def _rss() -> int:
    """Return the largest size of this process in memory so far."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
