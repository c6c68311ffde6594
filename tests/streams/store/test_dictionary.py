"""The data dictionary is that of the migrations."""

from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from streams.store.dictionary import dictionary

pytestmark = pytest.mark.embedded

PAGE = Path(__file__).parents[3] / "docs" / "data-dictionary.md"


def test_the_page_is_up_to_date(client: Client) -> None:
    assert PAGE.read_text("utf-8") == dictionary(client), "run `make schema`"
