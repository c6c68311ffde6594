"""Indicators of other providers reach the models while they hold, and no longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from models.indicators import indicated_link
from streams.sources.indicators import IndicatorSource
from streams.sources.reconnecting import Reconnecting
from streams.store import migrations
from streams.store.embedded import EmbeddedStore

pytestmark = pytest.mark.embedded
KEYS = {"a" * 16: ("template", "a" * 16), "card": ("payment", "card")}


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tuple[IndicatorSource, Client]]:
    with EmbeddedStore(tmp_path / "store") as store:
        migrations.apply(store.client(database=None))
        with store.client() as client:
            yield IndicatorSource(Reconnecting(store.client)), client


def say(
    client: Client, value: str, *, confidence: int = 80, days: int = 9, revoked: bool = False, edition: int = 1
) -> None:
    kind = KEYS.get(value, ("template",))[0]
    client.command(
        "INSERT INTO indicators (id, source, kind, value, confidence, valid_from, valid_until, revoked, modified)"
        f" SELECT 'i-{value}', 'Example AI', '{kind}', '{value}', {confidence}, now() - INTERVAL 10 DAY,"
        f" now() + INTERVAL {days} DAY, {revoked}, toDateTime64({edition}, 3)"
    )


def test_what_holds_is_told_once_and_again_when_it_changes(source: tuple[IndicatorSource, Client]) -> None:
    indicators, client = source
    assert indicators.changes() == frozenset()
    assert indicators.changes() is None
    for value in KEYS:
        say(client, value)
    say(client, "b" * 16, confidence=49)
    say(client, "c" * 16, days=-1)
    assert indicators.changes() == {indicated_link(*pair) for pair in KEYS.values()}, "not what is doubted or expired"
    assert indicators.changes() is None
    say(client, "card", revoked=True, edition=2)
    assert indicators.changes() == {indicated_link("template", "a" * 16)}
