"""Events of realistic width, made from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from models.account.decode import decode_columns
from models.event import Event, encode_event
from streams.sinks.event_lines import json_rows

START_MS = 1_760_000_000_000


def made_events(n: int, seed: int = 1, accounts: int = 2000) -> list[Event]:
    """Return `n` events, about 1 KiB of JSON each, of random accounts, 3 ms apart."""
    chance = random.Random(seed)

    def hexa(digits: int = 16) -> str:
        return f"{chance.getrandbits(4 * digits):0{digits}x}"

    owners = [(f"acct-{hexa(12)}", hexa(), hexa(), hexa(), hexa()) for _ in range(accounts)]
    keys = [hexa() for _ in range(500)]
    events = []
    for at in range(n):
        account, ip, tls, payment, signup = chance.choice(owners)
        events.append(
            Event(
                event_id=hexa(32),
                ts=START_MS + 3 * at,
                account_id=account,
                model="large-4",
                input_tokens=chance.randrange(5000),
                output_tokens=chance.randrange(2000),
                org_id=f"org-{account[5:]}",
                key_id=f"key-{account[5:]}",
                session_id=hexa(24),
                stop_reason="end_turn",
                cached_tokens=chance.randrange(3000),
                max_tokens=4096,
                temperature=1.0,
                turn=chance.randrange(1, 9),
                tools=chance.randrange(4),
                latency_ms=chance.random() * 9000,
                plan="pro",
                plan_tokens_per_day=1_000_000,
                account_created=START_MS - chance.randrange(10**9),
                client="sdk-python/1.2",
                ip=ip,
                asn=chance.randrange(60_000),
                ip_type="datacenter",
                tls=tls,
                payment=payment,
                signup=signup,
                templates=tuple(chance.choices(keys, k=8)),
                content=chance.randbytes(64),
                signals=("cot_elicitation",) if chance.random() < 0.2 else (),
                capability="coding",
                reasoning_out=hexa(),
            )
        )
    return events


def text_of(events: Sequence[Event]) -> bytes:
    """Return events as the accounts agent hands them to the writer."""
    return json_rows(decode_columns([encode_event(event) for event in events]).lines)
