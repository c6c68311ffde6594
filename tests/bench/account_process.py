"""What accounts cost: `python -m tests.bench.account_process ACCOUNTS EVENTS` writes a line of JSON.

Events are of accounts drawn alike, each account once before any comes again, on four partitions in one process, as a
worker has them; only the account models run. Costs are of the second half, when every account is known, in five parts.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import orjson

from models.account.decode import decode_columns
from models.account.row import ACCOUNT, pack_all
from models.account.shard import AccountShard

PARTITIONS, CHUNK, SLICE, PARTS = 4, 5000, 1000, 5
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
    rng, shards = np.random.default_rng(1), [AccountShard() for _ in range(PARTITIONS)]
    share = accounts // PARTITIONS
    rounds = -(-events // (share * PARTITIONS)) + 1
    orders = [np.concatenate([rng.permutation(share) for _ in range(rounds)]) for _ in range(PARTITIONS)]
    spent, counted, baseline = [0.0] * PARTS, [0] * PARTS, _rss()
    for first in range(0, events, CHUNK):
        turn, partition = divmod(first // CHUNK, PARTITIONS)
        shard, places = shards[partition], orders[partition][turn * CHUNK : (turn + 1) * CHUNK]
        raws = messages(rng, first, PARTITIONS * places + partition, START + 10 * first)
        began = time.process_time()
        columns = decode_columns(raws).columns
        for at in range(0, len(columns), SLICE):
            shard.process_columns(columns.part(at, at + SLICE))
        if first >= events // 2:
            part = (2 * first - events) * PARTS // events
            spent[part] += time.process_time() - began
            counted[part] += len(raws)
    known = sum(len(shard.bank) for shard in shards)
    packed = [len(state) for shard in shards for state in pack_all(shard.bank.rows[: min(len(shard.bank), 10_000)])]
    names = sum(map(len, (name for shard in shards for name in shard.bank.names))) / known
    figures = {
        "accounts": known,
        "cpu_us_per_event": [1e6 * seconds / some for seconds, some in zip(spent, counted, strict=True)],
        "rss_bytes": _rss(),
        "growth_bytes_per_account": (_rss() - baseline) / known,
        # A row, its name as a Python string, and its places in the lists and the index.
        "state_bytes": ACCOUNT.itemsize + 49 + names + 8 + 8,
        "changelog_bytes": float(np.median(packed)),
    }
    sys.stdout.buffer.write(orjson.dumps(figures) + b"\n")


def _rss() -> int:
    """Return the largest size of this process in memory so far."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
