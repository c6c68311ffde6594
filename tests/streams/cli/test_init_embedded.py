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
