"""When the exchanges of the true campaigns happened, read from the run's store or from the events themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from streams.evaluate.records import EvaluationError, TruthRow
from streams.sources.compressed import open_bytes
from streams.store.embedded import EmbeddedStore

Times = NDArray[np.int64]


class _Exchange(msgspec.Struct):
    event_id: str
    ts: int
    account_id: str


def times_from_store(store: Path, truth: Mapping[str, TruthRow]) -> dict[str, Times]:
    """Return the sorted times of each true campaign's exchanges, epoch milliseconds, from the store in `store`.

    Raises:
        StoreError: The store cannot be opened.
    """
    with EmbeddedStore(store, create=False) as embedded:
        result = embedded.client().query(
            "SELECT account_id, toUnixTimestamp64Milli(ts) FROM stillwatch.api_events FINAL"
            " WHERE account_id IN {accounts:Array(String)}",
            parameters={"accounts": [account for account, row in truth.items() if row.campaign is not None]},
        )
        return _grouped(zip(*result.result_columns, strict=True) if result.row_count else (), truth)


def times_from_events(path: Path, truth: Mapping[str, TruthRow]) -> dict[str, Times]:
    """Return the same from a file of events (NDJSON, also `.gz` and `.zst`).

    Raises:
        EvaluationError: The file is missing, or a line is no event.
    """
    if not path.is_file():
        raise EvaluationError(f"--events {path}: no such file")
    return _grouped(_read(path), truth)


def _read(path: Path) -> Iterable[tuple[str, int]]:
    decoder = msgspec.json.Decoder(_Exchange)
    seen: set[str] = set()
    with open_bytes(path) as lines:
        for number, line in enumerate(lines, 1):
            try:
                exchange = decoder.decode(line)
            except msgspec.MsgspecError as error:
                raise EvaluationError(f"--events {path}, line {number}: {error}") from error
            if exchange.event_id not in seen:
                seen.add(exchange.event_id)
                yield exchange.account_id, exchange.ts


def _grouped(exchanges: Iterable[tuple[str, int]], truth: Mapping[str, TruthRow]) -> dict[str, Times]:
    times: dict[str, list[int]] = {}
    for account, ts in exchanges:
        row = truth.get(account)
        if row is not None and row.campaign is not None:
            times.setdefault(row.campaign, []).append(ts)
    return {name: np.sort(np.array(some, dtype=np.int64)) for name, some in times.items()}
