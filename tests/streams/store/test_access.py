"""Who may ask the endpoint."""

import base64

import pytest

from streams.store.access import check_caller, check_password
from streams.store.refusals import EngineError


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
        {"Host": "127.0.0.1", "Origin": "https://page.example"},
        {"Host": "127.0.0.1", "Origin": "null"},
        {"Host": "127.0.0.1", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_pages_of_other_origins_may_not(headers: dict[str, str]) -> None:
    with pytest.raises(EngineError) as refused:
        check_caller(headers)
    assert (refused.value.code, refused.value.status) == (497, 403)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"password": "right"}, {}),
        ({}, {"X-ClickHouse-Key": "right"}),
        ({}, {"Authorization": "Basic " + base64.b64encode(b"anyone:right").decode()}),
    ],
)
def test_the_password_is_found_where_clients_put_it(query: dict[str, str], headers: dict[str, str]) -> None:
    check_password("right", query, headers)


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-ClickHouse-Key": "wrong"}, {"Authorization": "Basic !"}, {"Authorization": "Bearer right"}],
)
def test_another_password_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(EngineError) as refused:
        check_password("right", {}, headers)
    assert (refused.value.code, refused.value.status) == (516, 403)
    assert "right" not in str(refused.value)


def test_without_a_password_none_is_asked_for() -> None:
    check_password(None, {}, {})
