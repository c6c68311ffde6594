"""The list of what holds is that of the migrations."""

import pytest

from streams.store import migrations
from streams.store.listing import listing
from streams.store.migrations import DIRECTORY, Migration


def test_the_page_is_up_to_date() -> None:
    page = (DIRECTORY / "README.md").read_text("utf-8")
    assert page == listing(migrations.load()), "run `make schema`"


def test_a_view_made_anew_is_history_and_a_table_altered_is_not() -> None:
    files = [
        Migration(1, "t", "CREATE TABLE IF NOT EXISTS stillwatch.t"),
        Migration(2, "v", "CREATE VIEW IF NOT EXISTS stillwatch.v"),
        Migration(3, "t_wider", "ALTER TABLE stillwatch.t"),
        Migration(4, "v_better", "CREATE OR REPLACE VIEW stillwatch.v"),
    ]
    rows = [line for line in listing(files).splitlines() if line.startswith("| `")]
    assert rows == [
        "| `t` | [0001](0001_t.sql), [0003](0003_t_wider.sql) |  |",
        "| `v` | [0004](0004_v_better.sql) | [0002](0002_v.sql) |",
    ]


def test_tables_are_listed_with_their_keys_and_the_reasons() -> None:
    table = """-- What it is.
--
-- ORDER BY a, since
-- it is asked for.
-- Shard: none, replicate everywhere.
CREATE TABLE IF NOT EXISTS stillwatch.t
(
    a UInt8 COMMENT 'A'
)
ENGINE = MergeTree
ORDER BY a
COMMENT 'T'"""
    assert "- `t`: `ENGINE = MergeTree ORDER BY a`. ORDER BY a, since it is asked for.\n" in listing(
        [Migration(1, "t", table)]
    )


@pytest.mark.parametrize("one", [one for one in migrations.load() if "\nCREATE TABLE" in one.sql], ids=str)
def test_every_table_gives_the_reasons_of_its_key(one: Migration) -> None:
    [line] = [line for line in listing([one]).splitlines() if line.startswith("- `")]
    assert "ORDER BY" in line.partition("`. ")[2], line
