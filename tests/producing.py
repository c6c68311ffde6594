"""Records on the bus, as a provider's gateway and billing would put them there."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from models.event import Event
from models.facts import AccountFacts
from streams import topics
from streams.bus.producer import RawProducer


def produce(bootstrap: str, records: Iterable[Event | AccountFacts | bytes], topic: str = topics.API_EVENTS) -> None:
    """Produce records by their account; those that are bytes already all go to one partition."""
    with RawProducer(bootstrap) as producer:
        for record in records:
            if isinstance(record, bytes):
                producer.send(topic, record, b"one")
            else:
                producer.send(topic, msgspec.json.encode(record), record.account_id.encode())
