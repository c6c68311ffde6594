"""The page `infra/clickhouse/README.md`: which file says what a table or view is now, and which are history.

`python -m streams.store.listing` prints it; `make schema` writes it.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence

from streams.store import migrations
from streams.store.migrations import Migration

_MADE = re.compile(r"^(CREATE|ALTER)\b[\w ]*? stillwatch\.(\w+)", re.MULTILINE)
_TABLE = re.compile(r"^CREATE TABLE ", re.MULTILINE)
_CLAUSE = re.compile(r"(ENGINE =|PARTITION BY|ORDER BY|TTL) ")
_HEAD = """# Migrations

One numbered statement a file, applied once each and never edited. What a table is now is its first file and those that
alter it; what a view is now is the last file that makes it, and those before it are history. Written by `make schema`.

| table or view | holds now | history |
|---|---|---|
"""
_KEYS = """
## Keys, partitions and lifetimes

As the files give them; `stillwatch init` brings lifetimes to the settings `retain_*`. Codecs, and what columns take on
disk: [clickhouse.md](../../docs/clickhouse.md).

"""
_TAIL = """
Besides: `kafka/` is how a server reads events by itself, `roles/` who may do what. What columns mean:
[data-dictionary.md](../../docs/data-dictionary.md).
"""


def listing(all_migrations: Sequence[Migration]) -> str:
    """Return the page, as Markdown, of migrations in their order."""
    holding: dict[str, list[Migration]] = defaultdict(list)
    history: dict[str, list[Migration]] = defaultdict(list)
    for one in all_migrations:
        for verb, name in _MADE.findall(one.sql):
            if verb == "CREATE":
                history[name] += holding.pop(name, [])
            holding[name].append(one)
    rows = [f"| `{name}` | {_links(holding[name])} | {_links(history[name])} |" for name in sorted(holding)]
    made = [one for one in all_migrations if _TABLE.search(one.sql)]
    return _HEAD + "\n".join(rows) + "\n" + _KEYS + "\n".join(map(_keys, made)) + "\n" + _TAIL


def _keys(one: Migration) -> str:
    """Return a table's keys, and their reasons, which are the paragraphs of its file behind the first."""
    stated = [line.strip() for line in one.sql.splitlines() if _CLAUSE.match(line)]
    comment = [line[2:].strip() for line in one.sql.splitlines() if line.startswith("--")]
    reasons = (
        [line for line in comment[comment.index("") + 1 :] if not line.startswith("Shard")] if "" in comment else []
    )
    [(_, name)] = _MADE.findall(one.sql)
    return f"- `{name}`: `{' '.join(stated)}`. {' '.join(reasons)}"


def _links(files: Iterable[Migration]) -> str:
    return ", ".join(f"[{one.number:04d}]({one}.sql)" for one in files)


if __name__ == "__main__":
    sys.stdout.write(listing(migrations.load()))
