"""Sessions on the engine: what they keep, and for how long."""

import pytest

from streams.store.embedded import EmbeddedStore
from streams.store.refusals import EngineError
from streams.store.sessions import MAX_TIMEOUT_SECONDS, Handle, Sessions

pytestmark = pytest.mark.embedded


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(store: EmbeddedStore, clock: Clock) -> Sessions:
    return Sessions(store.connection, clock)


def value(handle: Handle, name: str = "max_block_size") -> str:
    return handle.run(f"SELECT getSetting('{name}')").bytes().decode().strip()


def test_a_session_ends_when_nobody_used_it_for_its_timeout(sessions: Sessions, clock: Clock) -> None:
    with sessions.named("s", timeout=10) as handle:
        handle.run("CREATE TEMPORARY TABLE mine (a UInt8)")
    clock.now = 9.9
    with sessions.named("s", timeout=10) as handle:
        handle.run("SELECT * FROM mine")
    clock.now = 19.8
    with sessions.named("s", timeout=10) as handle:
        handle.run("SELECT * FROM mine")
    clock.now = 29.8
    with pytest.raises(EngineError) as ended, sessions.named("s", must_exist=True):
        pass
    assert ended.value.code == 372
    with sessions.named("s") as handle, pytest.raises(EngineError, match="UNKNOWN_TABLE"):
        handle.run("SELECT * FROM mine")


def test_no_session_is_kept_for_ever(sessions: Sessions, clock: Clock) -> None:
    with sessions.named("s", timeout=1e9):
        pass
    clock.now = MAX_TIMEOUT_SECONDS
    with pytest.raises(EngineError), sessions.named("s", must_exist=True):
        pass


def test_a_session_in_use_does_not_end(sessions: Sessions, clock: Clock) -> None:
    with sessions.named("s", timeout=1) as handle:
        clock.now = 100
        with sessions.named("other"):
            assert handle.run("SELECT 1").bytes() == b"1\n"
    with sessions.named("s", must_exist=True):
        pass


def test_a_refused_statement_gives_the_session_back(sessions: Sessions) -> None:
    with pytest.raises(EngineError, match="SYNTAX_ERROR"), sessions.named("s") as handle:
        handle.run("SELECT FROM FROM")
    with sessions.named("s", must_exist=True) as handle:
        assert handle.run("SELECT 1").bytes() == b"1\n"


def test_settings_of_a_request_are_taken_back(sessions: Sessions) -> None:
    with sessions.named("s") as handle:
        own = value(handle)
        handle.settle({"max_block_size": "17", "session_timezone": "Asia/Tokyo"})
        assert (value(handle), value(handle, "session_timezone")) == ("17", "Asia/Tokyo")
        handle.settle({"max_block_size": "18"})
        assert (value(handle), value(handle, "session_timezone")) == ("18", "")
        handle.settle({})
        assert value(handle) == own
        handle.run("SET max_block_size = 23")
        handle.settle({"max_block_size": "17"})
        handle.settle({})
        assert value(handle) == "23"


def test_a_setting_that_is_refused_leaves_the_others_right(sessions: Sessions) -> None:
    with sessions.named("s") as handle:
        own = value(handle)
        with pytest.raises(EngineError):
            handle.settle({"max_block_size": "17", "max_threads": "a few"})
        handle.settle({"max_block_size": "17"})
        assert value(handle) == "17"
        handle.settle({})
        assert value(handle) == own


def test_a_setting_with_another_name_is_not_run_as_sql(sessions: Sessions) -> None:
    with sessions.fresh() as handle, pytest.raises(EngineError) as refused:
        handle.settle({"max_threads = 1, readonly": "0"})
    assert refused.value.code == 115


def test_without_a_session_nothing_stays(sessions: Sessions) -> None:
    with sessions.fresh() as handle:
        own = value(handle)
        handle.run("SET max_block_size = 23")
        handle.use("system")
    with sessions.fresh() as handle:
        assert value(handle) == own
        assert handle.run("SELECT currentDatabase()").bytes() == b"default\n"


def test_closing_ends_all(store: EmbeddedStore, sessions: Sessions) -> None:
    with sessions.named("s") as handle:
        pass
    sessions.close()
    with pytest.raises(EngineError):
        handle.run("SELECT 1")
    assert store.client(database=None).command("SELECT 1") == 1
