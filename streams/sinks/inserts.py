"""How a block gets into ClickHouse: the two forms in which it takes them quickest, and which table takes which.

Measured with `python -m tests.streams.sinks.measure_inserts` on two shared cores, chDB 4.4, blocks of 10,000 rows,
microseconds of CPU time a row, from events to acknowledgement. "GIL" is the part that keeps the other threads of the
process from working; the engine works without it, and on a server it is the server's.

| rows | form | all | GIL |
|---|---|--:|--:|
| `api_events`, 1 KiB of JSON each | JSONColumns | 15 | 4 |
| | Native, as clickhouse-connect encodes it | 16 | 10 |
| | Arrow, with pyarrow | 15 | 7 |
| `account_windows`, 15 columns of numbers | Native | 2.4 | 0.3 |

At 1,000 rows a block all of it costs 2.3 times as much. So `api_events`, whose columns are Python objects and mostly
text, goes as JSONColumns; msgspec writes JSON quicker than anything else here writes anything. What JSON cannot say
(milliseconds, bytes, a null that stands for a default) such a table takes in an EPHEMERAL column, `ts_ms` for `ts`, and
turns it into the stored one; that it has such columns is what marks the table. All others are mostly numbers in arrays,
and go as Native, where an array is a copy. pyarrow, which comes with chDB only, is not needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import lz4.frame
import msgspec
import numpy as np
from clickhouse_connect.datatypes.base import ClickHouseType
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.insert import InsertContext

from streams.sinks.blocks import Block, Column
from streams.store.connect import DATABASE

# Endings of the columns that are only written, and what they are made into.
_TWINS = ("_ms", "_base64", "_or_null")


@dataclass(frozen=True, slots=True)
class TableShape:
    """What a table takes.

    Attributes:
        name: With its database.
        types: Of each column that can be written.
        twins: For a column that is written through another: the name of that one.
    """

    name: str
    types: dict[str, ClickHouseType]
    twins: dict[str, str]

    @classmethod
    def of(cls, client: Client, table: str) -> TableShape:
        """Ask ClickHouse for the shape of `table`."""
        name = f"{DATABASE}.{table}"
        columns = list(client.query(f"DESCRIBE TABLE {name}").named_results())
        types = {column["name"]: get_from_name(column["type"]) for column in columns}
        twins = {
            column["name"].removesuffix(ending): column["name"]
            for column in columns
            for ending in _TWINS
            if column["default_type"] == "EPHEMERAL" and column["name"].endswith(ending)
        }
        return cls(name, types, twins)

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
    if shape.twins:
        _insert_json(client, shape, block, settings)
    else:
        _insert_native(client, shape, block, settings)


def _insert_json(client: Client, shape: TableShape, block: Block, settings: dict[str, object]) -> None:
    columns = {shape.twins.get(name, name): column for name, column in block.columns().items()}
    body = msgspec.json.encode(columns, enc_hook=_to_list)
    compression = "lz4" if client.write_compression == "lz4" else None
    client.raw_insert(
        shape.name,
        list(columns),
        lz4.frame.compress(body) if compression else body,
        settings=settings,
        fmt="JSONColumns",
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


def _to_list(column: object) -> Column:
    if isinstance(column, np.ndarray):
        return column.tolist()  # type: ignore[no-any-return]
    raise NotImplementedError(f"a value of {type(column).__name__} cannot be written to ClickHouse")
