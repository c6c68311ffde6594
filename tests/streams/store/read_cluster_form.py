"""Makes the cluster form in an engine that knows a cluster, but has neither Keeper nor other nodes: `... DIRECTORY`.

What it takes away is only what those would do: ON CLUSTER, and the paths in Keeper. Distributed tables are made, and
the views over them, whose every name and type the engine then resolves; no rows are read: there are no other nodes.
Prints a line for each view.
"""

import re
import sys
from pathlib import Path

from chdb.state.sqlitelike import Connection

from streams.store import migrations

CONFIG = """<clickhouse>
  <remote_servers><main>
    <shard><replica><host>127.0.0.1</host><port>1</port></replica></shard>
    <shard><replica><host>127.0.0.2</host><port>1</port></replica></shard>
  </main></remote_servers>
  <macros><shard>1</shard><replica>a</replica></macros>
</clickhouse>"""
VALUES = {"campaign": "'C-1'", "account": "'a'", "template": "'0123456789abcdef'", "since": "now()", "factor": "2"}


def main(directory: Path) -> None:
    config = directory / "config.xml"
    config.write_text(CONFIG)
    engine = Connection(f"{directory / 'store'}?config-file={config}")
    for sql in [*migrations._LEDGER, *(one.sql for one in migrations.load())]:
        for statement in migrations.rendered(sql, "main"):
            engine.query(_without_keeper(statement))
    views = "SELECT name, replaceAll(create_table_query, '\\n', ' ') FROM system.tables WHERE database = 'stillwatch'"
    for line in str(engine.query(f"{views} AND engine = 'View' ORDER BY name", "TSV").data()).splitlines():
        name, _, definition = line.partition("\t")
        arguments = ", ".join(f"{one} = {VALUES[one]}" for one in sorted(set(re.findall(r"\{(\w+):\w+\}", definition))))
        engine.query(f"EXPLAIN QUERY TREE SELECT * FROM stillwatch.{name}" + (f"({arguments})" if arguments else ""))
        sys.stdout.write(f"{name}\n")


def _without_keeper(statement: str) -> str:
    statement = statement.replace(" ON CLUSTER 'main'", "").replace(
        "replicated_deduplication_window", "merge_max_block_size"
    )
    engine = re.compile(r"ENGINE = Replicated(\w+)\('[^']*', '[^']*'(?:, (\w+))?\)")
    return engine.sub(lambda found: f"ENGINE = {found[1]}({found[2] or ''})", statement)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
