"""How long a worker takes to put back its accounts: `python -m tests.chaos.measure_recovery --accounts 1000000`.

Writes the state of accounts with one conversation each to a partition on Apache Kafka, in checkpoints of 20,000, and
reads it back as a worker does that takes the partition over.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.account.state import AccountState
from models.event import Event
from streams import topics
from streams.bus.admin import create_topics
from streams.state.changelog import Changelog
from tests.chaos.broker import MortalKafka

START = 1_790_000_000_000
PART = 20_000


def main() -> None:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    accounts = parser.parse_args().accounts
    with MortalKafka() as kafka:
        create_topics(kafka.bootstrap, 1)
        client: dict[str, object] = {"bootstrap.servers": kafka.bootstrap}
        saved, written, seconds = _fill(client, accounts)
        _say(f"saved {saved:,} accounts, {written / 1e6:,.0f} MB before compression, in {seconds:.1f} s")
        began, cpu = time.monotonic(), time.process_time()
        restored = AccountState(AccountShard(saving=True), Sampler())
        restored.restore(Changelog(client, topics.ACCOUNT_STATE, 0, "measured").take_over())
        took, work = time.monotonic() - began, time.process_time() - cpu
    n = len(restored.shard.bank)
    _say(f"restored {n:,} accounts in {took:.1f} s ({1e6 * took / n:.1f} us each, {work:.1f} s of CPU time)")
    _say(f"largest resident memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10:,} MB")


def _fill(client: dict[str, object], accounts: int) -> tuple[int, int, float]:
    state = AccountState(AccountShard(saving=True), Sampler())
    changelog = Changelog(client, topics.ACCOUNT_STATE, 0, "measured")
    assert list(changelog.take_over()) == []
    written, began = 0, time.monotonic()
    for start in range(0, accounts, PART):
        for some in range(start, min(start + PART, accounts), 1000):
            events = [_event(number) for number in range(some, min(some + 1000, accounts))]
            state.note(state.shard.process(events), some)
        written += changelog.write(state.changes().records())
    return len(state.shard.bank), written, time.monotonic() - began


def _event(number: int) -> Event:
    return Event(
        event_id=f"{number:032x}",
        ts=START + number,
        account_id=f"acct-{number:012d}",
        model="large-4",
        input_tokens=100,
        output_tokens=100,
        org_id=f"org-{number // 3}",
        templates=(f"{number:016x}", f"{number % 1000 + 1:016x}"),
        payment=f"card-{number // 5}",
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
