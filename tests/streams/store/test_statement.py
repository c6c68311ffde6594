"""Statements taken apart, as far as the endpoint has to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.store.statement import parse


@pytest.mark.parametrize(
    ("sql", "head", "input_format", "data"),
    [
        (b"INSERT INTO t FORMAT TSV\n1\n", b"INSERT INTO t ", "TSV", b"1\n"),
        (b"insert into t format TSV 1", b"insert into t ", "TSV", b"1"),
        (
            b"INSERT INTO t (a, b) SETTINGS x = 1 FORMAT CSV\r\n1,2",
            b"INSERT INTO t (a, b) ",
            "CSV",
            b"1,2",
        ),
        (b"INSERT INTO t FORMAT Native\n\n\x00;'", b"INSERT INTO t ", "Native", b"\n\x00;'"),
        (b"INSERT INTO `format` FORMAT CSV\n;", b"INSERT INTO `format` ", "CSV", b";"),
        (b"INSERT INTO t (format) /* FORMAT X */ FORMAT CSV\n", b"INSERT INTO t (format) /* FORMAT X */ ", "CSV", b""),
        (b"INSERT INTO FUNCTION f('FORMAT Z') FORMAT CSV\nq", b"INSERT INTO FUNCTION f('FORMAT Z') ", "CSV", b"q"),
        (b"-- FORMAT A\nINSERT INTO t FORMAT CSV\nq", b"-- FORMAT A\nINSERT INTO t ", "CSV", b"q"),
    ],
)
def test_an_insert_is_split_from_its_data(sql: bytes, head: bytes, input_format: str, data: bytes) -> None:
    statement = parse(sql)
    assert (statement.kind, statement.text, statement.input_format, statement.data) == (
        "INSERT",
        head,
        input_format,
        data,
    )
    assert not statement.has_rows
    assert not statement.reads_only
    assert not statement.several


@given(st.binary())
def test_data_is_never_read(data: bytes) -> None:
    statement = parse(b"INSERT INTO t FORMAT Native\n" + data)
    assert (statement.data, statement.several, statement.touches_files) == (data, False, False)


@pytest.mark.parametrize(
    "sql",
    [
        b"INSERT INTO t VALUES (1, 'a;b'), (2, ' FORMAT CSV ')",
        b"INSERT INTO t SELECT 1 FROM numbers(3)",
        b"INSERT INTO t (a) WITH 1 AS x SELECT x",
    ],
)
def test_an_insert_without_a_format_stays_whole(sql: bytes) -> None:
    statement = parse(sql)
    assert (statement.kind, statement.text, statement.input_format) == ("INSERT", sql, None)
    assert not statement.reads_only
    assert not statement.several


@pytest.mark.parametrize(
    ("sql", "kind", "output", "rows", "reads"),
    [
        (b"SELECT 1", "SELECT", None, True, True),
        (b"select 1 format JSON", "SELECT", "JSON", True, True),
        (b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1;", "SELECT", "JSON", True, True),
        (b"SELECT format FROM t", "SELECT", None, True, True),
        (b"SELECT format('{}', a) FROM t", "SELECT", None, True, True),
        (b"(SELECT 1) UNION ALL (SELECT 2)", "(", None, True, True),
        (b"WITH 1 AS x SELECT x", "WITH", None, True, True),
        (b"WITH 1 AS x INSERT INTO t SELECT x", "WITH", None, True, False),
        (b"SHOW TABLES", "SHOW", None, True, True),
        (b"SET max_threads = 1", "SET", None, False, True),
        (b"CREATE TABLE t (a Int8) ENGINE = Memory", "CREATE", None, False, False),
        (b"DROP TABLE t", "DROP", None, False, False),
        (b"KILL QUERY WHERE 1 FORMAT JSON", "KILL", "JSON", True, False),
        (b"", "", None, False, False),
        (b" -- nothing", "", None, False, False),
    ],
)
def test_what_a_statement_gives(sql: bytes, kind: str, output: str | None, *, rows: bool, reads: bool) -> None:
    statement = parse(sql)
    assert (statement.kind, statement.output_format, statement.has_rows, statement.reads_only) == (
        kind,
        output,
        rows,
        reads,
    )


@pytest.mark.parametrize(
    ("sql", "several"),
    [
        (b"SELECT 1;", False),
        (b"SELECT 1;; -- over\n", False),
        (b"SELECT ';', `;`, \";\", $tag$ ; $tag$ /* ; */", False),
        (b"SELECT 'it''s; \\'; '", False),
        (b"SELECT 1; SELECT 2", True),
        (b"SET readonly = 0; DROP TABLE t", True),
        (b"INSERT INTO t SELECT 1; DROP TABLE t", True),
    ],
)
def test_several_statements_are_told_from_one(sql: bytes, *, several: bool) -> None:
    assert parse(sql).several is several


@pytest.mark.parametrize(
    ("sql", "touches"),
    [
        (b"SELECT 1 INTO OUTFILE '/tmp/x'", True),
        (b"INSERT INTO t FROM INFILE '/tmp/x' FORMAT CSV", True),
        (b"SELECT outfile, infile FROM t", False),
        (b"SELECT 'INTO OUTFILE'", False),
    ],
)
def test_files_of_the_server_are_noticed(sql: bytes, *, touches: bool) -> None:
    assert parse(sql).touches_files is touches
