"""One store for the whole session: filled by the pipeline, with `stillwatch up` running on it while events flow."""

from collections.abc import Iterator

import pytest

from tests.analyst.running import Running, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_stack(tmp_path_factory.mktemp("analyst")) as running:
        yield running
