"""What goes wrong around the program ends it with one line, not with a traceback."""

import click
import pytest

from streams.cli.failures import failures_explained
from streams.state.changelog import ChangelogError, LostPartitionError


@pytest.mark.parametrize("error", [ChangelogError("the state of x/0"), LostPartitionError("another worker has x/0")])
def test_a_worker_that_lost_its_state_says_so_in_one_line(error: Exception) -> None:
    with pytest.raises(click.ClickException, match=f"^{error}$") as told, failures_explained():
        raise error
    assert told.value.exit_code == 1
