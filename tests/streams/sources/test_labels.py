"""Labels come out of ClickHouse as differences, whatever was done to the table."""

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from models.campaign.labels import Label
from streams.sources.labels import LabelSource
from streams.sources.reconnecting import Reconnecting
from streams.store import migrations
from streams.store.embedded import EmbeddedStore

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(tmp_path_factory.mktemp("labels") / "store") as opened:
        migrations.apply(opened.client(database=None))
        yield opened


@pytest.fixture
def client(migrated: EmbeddedStore) -> Iterator[Client]:
    with migrated.client() as opened:
        opened.command("TRUNCATE TABLE labels")
        opened.command("TRUNCATE TABLE label_effects")
        yield opened


def say(client: Client, entity_id: str, verdict: str = "benign", *, at: str = "now64(3)", withdrawn: bool = False):
    client.command(
        "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note, at, withdrawn)"
        f" VALUES ('account', '{entity_id}', '{verdict}', 'ana', '', {at}, {withdrawn})"
    )


def found(source: LabelSource) -> list[tuple[str, str | None]]:
    return [(one.label.entity_id, one.label.verdict) for one in source.changes() if one.holds]


def test_each_label_comes_once_in_the_order_they_were_said(migrated: EmbeddedStore, client: Client) -> None:
    source = LabelSource(Reconnecting(migrated.client))
    assert found(source) == []
    say(client, "a")
    say(client, "b", "permitted")
    assert found(source) == [("a", "benign"), ("b", "permitted")]
    assert found(source) == []
    say(client, "a", "distillation")
    assert found(source) == [("a", "distillation")]
    assert found(LabelSource(Reconnecting(migrated.client))) == [("b", "permitted"), ("a", "distillation")], (
        "as after a restart"
    )


def test_the_latest_holds_even_when_it_arrives_first(migrated: EmbeddedStore, client: Client) -> None:
    source = LabelSource(Reconnecting(migrated.client))
    say(client, "a", "permitted", at="'2030-01-01 00:00:00'")
    assert found(source) == [("a", "permitted")]
    say(client, "a", "distillation", at="'2029-01-01 00:00:00'")
    assert found(source) == []


def test_a_label_is_taken_back_by_a_row_or_by_deleting_it(migrated: EmbeddedStore, client: Client) -> None:
    source = LabelSource(Reconnecting(migrated.client))
    say(client, "a")
    say(client, "b")
    source.changes()
    say(client, "a", withdrawn=True)
    assert found(source) == [("a", None)]
    client.command("DELETE FROM labels WHERE entity_id = 'b'")
    (deleted,) = source.changes()
    assert (deleted.label, deleted.id, deleted.applied) == (
        Label("account", "b", None, deleted.label.ts),
        None,
        True,
    )


def test_what_was_applied_before_is_known(migrated: EmbeddedStore, client: Client) -> None:
    say(client, "a")
    say(client, "b")
    client.command("INSERT INTO label_effects (label_id, entity_id) SELECT id, entity_id FROM labels LIMIT 1")
    source = LabelSource(Reconnecting(migrated.client))
    assert sorted(one.applied for one in source.changes()) == [False, True]
    assert len(source.applied()) == 1


def test_what_was_superseded_before_anybody_looked_is_written_down_and_not_learnt(
    migrated: EmbeddedStore, client: Client
) -> None:
    source = LabelSource(Reconnecting(migrated.client))
    say(client, "a", "benign", at="'2026-01-01 00:00:00'")
    say(client, "a", "benign", at="'2026-01-01 00:00:01'", withdrawn=True)
    first, second = source.changes()
    assert (first.label.verdict, first.holds, first.applied) == ("benign", False, False)
    assert (second.label.verdict, second.holds) == (None, True)


def test_a_failed_look_is_made_up_for_by_the_next(migrated: EmbeddedStore, client: Client) -> None:
    source = LabelSource(Reconnecting(migrated.client))
    say(client, "a")
    client.command("RENAME TABLE label_effects TO away")
    with pytest.raises(ClickHouseError):
        source.changes()
    client.command("RENAME TABLE away TO label_effects")
    assert found(source) == [("a", "benign")]


def test_a_hundred_thousand_labels_from_a_select(migrated: EmbeddedStore, client: Client) -> None:
    source = LabelSource(Reconnecting(migrated.client))
    client.command(
        "INSERT INTO labels (entity_type, entity_id, verdict, analyst, note)"
        " SELECT 'account', concat('bulk-', toString(number)), 'benign', 'ana', 'import' FROM numbers(100000)"
    )
    assert len(source.changes()) == 100_000
