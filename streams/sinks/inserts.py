"""How a block gets into ClickHouse: the two forms in which it takes them quickest, and which table takes which.

Measured with `python -m tests.streams.sinks.measure_inserts` on two shared cores, chDB 4.4, blocks of 10,000 rows,
microseconds of CPU time a row, from events to acknowledgement. "GIL" is the part that keeps the other threads of the
process from working; the engine works without it, and on a server it is the server's.

| rows | form | all | GIL |
|---|---|--:|--:|
| `api_events`, 1 KiB of JSON each | JSONEachRow, as the events came | 14 | 0.5 |
| | JSONColumns | 15 | 4 |
| | Native, as clickhouse-connect encodes it | 16 | 10 |
| | Arrow, with pyarrow | 15 | 7 |
| `account_windows`, 15 columns of numbers | Native | 2.4 | 0.3 |

At 1,000 rows a block all of it costs 2.3 times as much. So `api_events` goes as the text that it came as
(`streams.sinks.event_lines`). What JSON cannot say (milliseconds, bytes, a null that stands for a default) the table
takes in EPHEMERAL columns, `ts_ms` for `ts`, and turns into the stored ones. All other tables are mostly numbers in
arrays, and go as Native, where an array is a copy. pyarrow, which comes with chDB only, is not needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import lz4.frame
from clickhouse_connect.datatypes.base import ClickHouseType
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.insert import InsertContext

from streams.sinks.blocks import Block
from streams.sinks.event_lines import COLUMNS
from streams.store.connect import DATABASE


@dataclass(frozen=True, slots=True)
class TableShape:
    """What a table takes.

    Attributes:
        name: With its database.
        types: Of each column that can be written.
    """

    name: str
    types: dict[str, ClickHouseType]

    @classmethod
    def of(cls, client: Client, table: str) -> TableShape:
        """Ask ClickHouse for the shape of `table`."""
        name = f"{DATABASE}.{table}"
        columns = list(client.query(f"DESCRIBE TABLE {name}").named_results())
        types = {column["name"]: get_from_name(column["type"]) for column in columns}
        return cls(name, types)

    def check(self, names: tuple[str, ...]) -> None:
        """Do nothing when the table has all columns `names`.

        Raises:
            ValueError: It has not.
        """
        if unknown := sorted(set(names) - set(self.types)):
            raise ValueError(f"{self.name} has no column {', '.join(unknown)}; it has {', '.join(self.types)}")


def insert(client: Client, shape: TableShape, block: Block) -> None:
    """Insert `block`, and return when ClickHouse has it.

    Raises:
        ValueError: The table has no such column.
        clickhouse_connect.driver.exceptions.ClickHouseError: ClickHouse refused the block, or was not reached.
    """
    shape.check(block.names)
    settings = {
        "insert_deduplication_token": block.token,
        # Replayed events may be of any time; the limit guards against partitioning by something unbounded.
        "max_partitions_per_insert_block": 0,
        # Acknowledged means stored, whatever the profile of the user says.
        "async_insert": 0,
    }
    if block.text:
        _insert_text(client, shape, block, settings)
    else:
        _insert_native(client, shape, block, settings)


def _insert_text(client: Client, shape: TableShape, block: Block, settings: dict[str, object]) -> None:
    body = b"".join(block.text)
    compression = "lz4" if client.write_compression == "lz4" else None
    client.raw_insert(
        shape.name,
        COLUMNS,
        lz4.frame.compress(body) if compression else body,
        # The contract says that they are ignored.
        settings=settings | {"input_format_skip_unknown_fields": 1},
        fmt="JSONEachRow",
        compression=compression,
    )


def _insert_native(client: Client, shape: TableShape, block: Block, settings: dict[str, object]) -> None:
    columns = block.columns()
    client.data_insert(
        InsertContext(
            shape.name,
            block.names,
            [shape.types[name] for name in block.names],
            list(columns.values()),
            column_oriented=True,
            settings=settings,
            # Epoch milliseconds as they are.
            column_formats={name: "int" for name in block.names if shape.types[name].base_type == "DateTime64"},
        )
    )
