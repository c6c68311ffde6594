"""What has to be known of a ClickHouse statement before the engine sees it.

The engine inside a process is fed differently from a server: the data of an INSERT goes in apart from its
statement, several statements in one text are run one after the other, and INTO OUTFILE writes where the caller
cannot see it. So the words of a statement are looked at: those outside quotes, comments and parentheses. Nothing is
judged here that the engine judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

TOKEN = re.compile(
    rb"""
      (?P<space> \s+ | --[^\n]* | \#[ !][^\n]* | /\*.*?\*/ )
    | [A-Za-z_]\w*
    | ' (?: [^'\\] | \\. | '' )* '
    | " (?: [^"\\] | \\. | "" )* "
    | ` (?: [^`\\] | \\. | `` )* `
    | \$ (?P<tag>\w*) \$ .*? \$ (?P=tag) \$
    | .
    """,
    re.DOTALL | re.VERBOSE,
)
# As a server does it: what separates a FORMAT from its data is spaces and at most one line end.
_BEFORE_DATA = re.compile(rb"[ \t\f]*(?:\r?\n)?")
_WITH_ROWS = frozenset(
    (b"SELECT", b"WITH", b"FROM", b"SHOW", b"DESCRIBE", b"DESC", b"EXISTS", b"EXPLAIN", b"CHECK", b"(")
)
_READING = _WITH_ROWS - {b"CHECK"} | {b"SET", b"USE"}


class Statement(NamedTuple):
    """A statement, taken apart.

    Attributes:
        kind: Its first word, in capitals.
        text: The statement; of an INSERT with a FORMAT, what stands before that and before its SETTINGS.
        data: Of such an INSERT, what stands behind it.
        input_format: Of such an INSERT, the format; None for everything else.
        input_settings: Of such an INSERT, its SETTINGS clause, where it has one.
        output_format: The FORMAT that the statement asks for, where it does.
        has_rows: Whether it gives a result, be it an empty one.
        reads_only: Whether it changes nothing but the session it runs in.
        touches_files: Whether it reads or writes a file of the server (FROM INFILE, INTO OUTFILE).
        several: Whether another statement follows behind a semicolon.
    """

    kind: str
    text: bytes
    data: bytes = b""
    input_format: str | None = None
    input_settings: bytes = b""
    output_format: str | None = None
    has_rows: bool = False
    reads_only: bool = False
    touches_files: bool = False
    several: bool = False


def parse(sql: bytes) -> Statement:
    r"""Take `sql` apart.

    >>> parse(b"INSERT INTO t (a) SETTINGS x = 1 FORMAT CSV\n1\n2\n")[1:5]
    (b'INSERT INTO t (a) ', b'1\n2\n', 'CSV', b'SETTINGS x = 1 ')
    >>> parse(b"SELECT ';' /* ; */ FORMAT JSON;")[5:]
    ('JSON', True, True, False, False)
    """
    words = _words(sql)
    first = next(words, None)
    if first is not None and first.name == b"INSERT":
        return _insert(sql, words)
    return _other(sql, first.name if first else b"", words)


class _Word(NamedTuple):
    """A word outside parentheses, or any other sign there: in capitals, and where it stands."""

    name: bytes
    start: int
    end: int


def _words(sql: bytes) -> Iterator[_Word]:
    depth = 0
    for token in TOKEN.finditer(sql):
        if token["space"] is not None:
            continue
        if token[0] == b")":
            depth -= 1
        elif depth == 0:
            yield _Word(token[0].upper(), token.start(), token.end())
        if token[0] == b"(":
            depth += 1


def _insert(sql: bytes, words: Iterator[_Word]) -> Statement:
    """Read up to the data, never into it: it may be long, and need not be text."""
    files = False
    settings: int | None = None
    for word in words:
        if word.name in (b"SELECT", b"WITH"):
            return _other(sql, b"INSERT", words)
        if word.name == b"VALUES":
            break
        if word.name == b"SETTINGS":
            settings = word.start
        files |= word.name == b"INFILE"
        if word.name == b"FORMAT" and (name := next(words, None)):
            before_data = _BEFORE_DATA.match(sql, name.end)
            assert before_data is not None
            return Statement(
                "INSERT",
                sql[: word.start if settings is None else settings],
                sql[before_data.end() :],
                sql[name.start : name.end].decode("utf-8", "replace"),
                b"" if settings is None else sql[settings : word.start],
                touches_files=files,
            )
    return Statement("INSERT", sql, touches_files=files)


def _other(sql: bytes, kind: bytes, words: Iterator[_Word]) -> Statement:
    found = list(words)
    names = [word.name for word in found]
    end = names.index(b";") if b";" in names else len(names)
    several = any(name != b";" for name in names[end:])
    output_format = None
    for at in range(end - 1):
        # Elsewhere, FORMAT may be the name of a column or of a function.
        if names[at] == b"FORMAT" and (at + 2 == end or names[at + 2] == b"SETTINGS"):
            word = found[at + 1]
            output_format = sql[word.start : word.end].decode("utf-8", "replace")
    pairs = set(pairwise(names))
    return Statement(
        kind.decode("utf-8", "replace"),
        sql,
        output_format=output_format,
        has_rows=kind in _WITH_ROWS or output_format is not None,
        reads_only=kind in _READING and b"INSERT" not in names,
        touches_files=(b"INTO", b"OUTFILE") in pairs or (b"FROM", b"INFILE") in pairs,
        several=several,
    )
