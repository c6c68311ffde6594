"""What callers of the endpoint may do who are no operators: read, and say what they found.

The engine enforces it, by the roles of `infra/clickhouse/roles/roles.sql` and the constraints of
`infra/clickhouse/embedded/users.xml`. What grants cannot say of the engine inside a process is refused here, before the
engine sees it: the scalar function `file`, which reads any file of this user, taking another role, and ending the
statements of others. So that no spelling hides those, signs that another reader of SQL could understand in another way
than the engine does are refused outside of strings as well.
"""

from __future__ import annotations

import re

from streams.store.refusals import ACCESS_DENIED, refuse
from streams.store.statement import TOKEN, Statement

SET_ROLES = "SET ROLE analyst, labeler, curator"
# Needs no grant where all are one user to the engine.
_OTHERS = ("KILL", "EXECUTE")
# Heredocs, escapes in quoted names, and the typographic quotes that the engine takes for quotes.
_AMBIGUOUS = re.compile(rb"[$\\]|\xe2\x80[\x98\x99\x9c\x9d]")
_FILE = re.compile(rb"(?i)(?<!\w)file(?!\w)")


def check_rights(statement: Statement) -> None:
    """Refuse what only operators may do, as far as the engine does not.

    Raises:
        EngineError: ACCESS_DENIED, in words that say what is refused.
    """
    if statement.kind in _OTHERS:
        raise refuse(ACCESS_DENIED, f"{statement.kind} is for operators: this caller reads and inserts labels")
    text = statement.text
    if statement.input_format is not None and statement.input_format.lower() == "values":
        text += statement.data  # the one format whose data may be expressions
    for token in TOKEN.finditer(text + b" " + statement.input_settings):
        word = token[0]
        if word.startswith(b"'") and len(word) > 1:
            continue
        if _FILE.search(word):
            raise refuse(ACCESS_DENIED, "the name `file` is refused outside of strings: it reads files of this machine")
        if _AMBIGUOUS.search(word):
            raise refuse(ACCESS_DENIED, "$, \\ and typographic quotes are refused outside of strings")
    if statement.kind == "SET" and _sets_role(text):
        raise refuse(ACCESS_DENIED, "SET ROLE is for operators")


def _sets_role(text: bytes) -> bool:
    """Whether the second word is ROLE, or DEFAULT as in SET DEFAULT ROLE."""
    words = [token[0].upper() for token in TOKEN.finditer(text) if token["space"] is None]
    return len(words) > 1 and words[1] in (b"ROLE", b"DEFAULT")
