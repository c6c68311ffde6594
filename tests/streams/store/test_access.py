"""Who may ask the endpoint."""

import base64

import pytest

from streams.store.access import Access, check_caller
from streams.store.refusals import EngineError

GUARDED = Access(token="right", operator_key="every")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "127.0.0.1:8123"},
        {"Host": "localhost:8123"},
        {"Host": "[::1]:8123"},
        {"Host": "127.0.0.1", "Origin": "http://localhost:3000"},
        {"Host": "127.0.0.1", "Sec-Fetch-Site": "same-origin"},
        {},
    ],
)
def test_programs_and_pages_of_this_machine_may(headers: dict[str, str]) -> None:
    check_caller(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example:8123"},
        {"Host": "[::1"},
        {"Host": "127.0.0.1", "Origin": "https://page.example"},
        {"Host": "127.0.0.1", "Origin": "http://[::1"},
        {"Host": "127.0.0.1", "Origin": "null"},
        {"Host": "127.0.0.1", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_pages_of_other_origins_may_not(headers: dict[str, str]) -> None:
    with pytest.raises(EngineError) as refused:
        check_caller(headers)
    assert (refused.value.code, refused.value.status) == (497, 403)


def test_an_address_that_others_reach_has_any_name_and_only_its_own_pages() -> None:
    check_caller({"Host": "stillwatch.example:8123", "Origin": "https://stillwatch.example:8123"}, names=True)
    for origin in ("https://page.example", "http://localhost:3000", "null"):
        with pytest.raises(EngineError):
            check_caller({"Host": "stillwatch.example:8123", "Origin": origin}, names=True)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"password": "right"}, {}),
        ({}, {"X-ClickHouse-Key": "right"}),
        ({}, {"Authorization": "Basic " + base64.b64encode(b"anyone:right").decode()}),
    ],
)
def test_the_token_is_found_where_clients_put_it(query: dict[str, str], headers: dict[str, str]) -> None:
    assert GUARDED.admit(headers, query)
    assert not Access(token="right", reading_only=True).admit(headers, query)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-ClickHouse-Key": "wrong"},
        {"X-ClickHouse-Key": "right\udcff"},
        {"X-ClickHouse-Key": "rïght"},
        {"Authorization": "Basic !"},
        {"Authorization": "Basic " + base64.b64encode(b"a:\xff").decode()},
        {"Authorization": "Basic ä"},
        {"Authorization": "Bearer right"},
    ],
)
def test_another_token_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(EngineError) as refused:
        GUARDED.admit(headers, {})
    assert (refused.value.code, refused.value.status) == (516, 403)
    assert "right" not in str(refused.value)


def test_without_a_token_none_is_asked_for() -> None:
    assert Access().admit({}, {})
    assert not Access(reading_only=True).admit({}, {})


def test_the_key_in_the_directory_makes_an_operator() -> None:
    for access in (GUARDED, Access(reading_only=True, operator_key="every")):
        assert access.admit({"X-ClickHouse-Key": "every"}, {})


def test_no_secret_is_shown() -> None:
    assert repr(GUARDED) == "Access(reading_only=False, names=False)"
