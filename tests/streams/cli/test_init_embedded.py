"""`stillwatch init` where everything is embedded."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli.main import main
from streams.store.embedded import EmbeddedStore

pytestmark = pytest.mark.embedded


def test_the_embedded_store_is_brought_up_to_date(tmp_path: Path) -> None:
    results = [
        CliRunner().invoke(main, ["init"], env={"COLUMNS": "200", "STILLWATCH_DATA_DIR": str(tmp_path)})
        for _ in range(2)
    ]
    assert [result.exit_code for result in results] == [0, 0]
    assert "0002_api_events" in results[0].output
    assert "all were up to date" in results[1].output
    with EmbeddedStore(tmp_path / "store", create=False) as store:
        assert store.client().command("SELECT count() FROM api_events") == 0


def test_tables_that_exist_get_the_lifetimes_of_the_settings(tmp_path: Path) -> None:
    home = {"COLUMNS": "200", "STILLWATCH_DATA_DIR": str(tmp_path)}
    shorter = {
        f"STILLWATCH_RETAIN_{name}_DAYS": days for name, days in (("EVENTS", "7"), ("WINDOWS", "30"), ("LETTERS", "3"))
    }
    assert CliRunner().invoke(main, ["init"], env=home).exit_code == 0
    result = CliRunner().invoke(main, ["init"], env=home | shorter)
    assert (result.exit_code, "api_events keeps rows for 7 days" in result.output) == (0, True)
    with EmbeddedStore(tmp_path / "store", create=False) as store:
        lifetimes = store.client().query(
            "SELECT name, extract(engine_full, 'TTL (.+?) SETTINGS') FROM system.tables"
            " WHERE database = 'stillwatch' AND engine_full LIKE '%TTL%'"
        )
        assert dict(lifetimes.result_rows) == {
            "api_events": "written_at + toIntervalDay(7)",
            "account_windows": "written_at + toIntervalDay(30)",
            "link_windows": "written_at + toIntervalDay(30)",
            "dead_letters": "written_at + toIntervalDay(3)",
        }
