"""The exchanges of a sample of accounts as columns: what baselines look at."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.links import stable_hash
from streams.evaluate.records import EvaluationError, TruthRow
from streams.sources.compressed import open_bytes

# Enough benign accounts for a rate of 0.1 %, few enough that a million events take about a minute.
MOST_ACCOUNTS = 20_000
CONTENT = 64


class _Exchange(msgspec.Struct):
    event_id: str
    ts: int
    account_id: str
    input_tokens: int = 0
    output_tokens: int = 0
    turn: int = 1
    refused: bool = False
    templates: list[str] = []
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Exchanges in the order of the file, each id once.

    Attributes:
        accounts: Names; columns refer to them by place.
        account, ts, input_tokens, output_tokens, turn, refused: Per exchange, shape (n,).
        content: Content vectors, shape (n, 64); zeros where there was none.
        key, key_account: Template keys and the place of the account that used them, shape (k,), in order of exchange.
    """

    accounts: list[str]
    account: NDArray[np.int64]
    ts: NDArray[np.int64]
    input_tokens: NDArray[np.int64]
    output_tokens: NDArray[np.int64]
    turn: NDArray[np.int64]
    refused: NDArray[np.int64]
    content: NDArray[np.int8]
    key: NDArray[np.uint64]
    key_account: NDArray[np.int64]

    @property
    def events(self) -> NDArray[np.int64]:
        """Exchanges per account."""
        return np.bincount(self.account, minlength=len(self.accounts))


@dataclass(slots=True)
class TrafficLog:
    """Takes event lines and keeps those of `sample`."""

    sample: Collection[str]
    _places: dict[str, int] = field(init=False)
    _seen: set[str] = field(default_factory=set)
    _columns: list[array[int]] = field(default_factory=lambda: [array("q") for _ in range(6)])
    _content: bytearray = field(default_factory=bytearray)
    _keys: list[str] = field(default_factory=list)
    _keys_per_exchange: array[int] = field(default_factory=lambda: array("q"))

    def __post_init__(self) -> None:
        self._places = {account: place for place, account in enumerate(self.sample)}

    def take(self, lines: Iterable[bytes]) -> None:
        """Take in lines of NDJSON.

        Raises:
            msgspec.MsgspecError: A line is no event.
        """
        decode = msgspec.json.Decoder(_Exchange).decode
        for line in lines:
            one = decode(line)
            place = self._places.get(one.account_id)
            if place is not None and one.event_id not in self._seen:
                self._seen.add(one.event_id)
                self._keep(one, place)

    def traffic(self) -> Traffic:
        """Return what was taken in."""
        account, ts, inputs, outputs, turn, refused = (np.array(one, dtype=np.int64) for one in self._columns)
        keys = np.frombuffer(bytes.fromhex("".join(self._keys)), dtype=">u8").astype(np.uint64)
        owners = np.repeat(account, np.array(self._keys_per_exchange, dtype=np.int64))
        content = np.frombuffer(bytes(self._content), dtype=np.int8).reshape(-1, CONTENT)
        return Traffic([*self._places], account, ts, inputs, outputs, turn, refused, content, keys, owners)

    def _keep(self, one: _Exchange, place: int) -> None:
        row = (place, one.ts, one.input_tokens, one.output_tokens, one.turn, int(one.refused))
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)
        self._content += one.content.ljust(CONTENT, b"\0")[:CONTENT]
        self._keys.append("".join(one.templates))
        self._keys_per_exchange.append(len(one.templates))


def sample_of(truth: Mapping[str, TruthRow], most: int = MOST_ACCOUNTS) -> list[str]:
    """Return at most `most` accounts, those with the smallest hashes: a uniform sample, the same each time."""
    return sorted(truth, key=stable_hash)[:most]


def traffic_of(path: Path, sample: Collection[str]) -> Traffic:
    """Return the exchanges of `sample` in a file of events (NDJSON, also `.gz` and `.zst`).

    Raises:
        EvaluationError: The file is missing, or a line is no event.
    """
    if not path.is_file():
        raise EvaluationError(f"--baselines {path}: no such file")
    log = TrafficLog(sample)
    try:
        with open_bytes(path) as lines:
            log.take(lines)
    except msgspec.MsgspecError as error:
        raise EvaluationError(f"--baselines {path}: {error}") from error
    return log.traffic()
