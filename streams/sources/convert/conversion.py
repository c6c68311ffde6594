"""Lines of a log to API events: converted, sketched where there is text, and held to the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from models.decoding import Violation
from models.event import decode_events, encode_event
from models.rawlog import MAX_RAW_BYTES, RawLogs
from models.sketch import Sketcher
from streams.sources.convert import bedrock, litellm, otel
from streams.sources.convert.exchange import Converter, Exchange, at
from streams.sources.convert.privacy import network, product, shortened
from streams.sources.raw import batches
from streams.sources.raw_files import RawLine, Refused, Sketched

CONVERTERS: Mapping[str, Converter] = {"otel": otel.convert, "litellm": litellm.convert, "bedrock": bedrock.convert}
# Longest identifiers of the contract.
_LENGTHS = {"event_id": 64, "account_id": 128, "org_id": 128, "key_id": 128, "session_id": 128, "end_user_id": 128}
_encoder = msgspec.json.Encoder()


class Conversion:
    """Converts lines of one kind of log.

    Args:
        kind: One of `CONVERTERS`.
        keys: Gives the keys of the sketches; asked for when the first log holds text, and raises where there is none.
        network_key: The key of the hashes of networks; without it they are left out.
        account: The name in the log of what identifies an account; None for the usual one.
    """

    def __init__(
        self,
        kind: str,
        keys: Callable[[], tuple[bytes, bytes | None]],
        *,
        network_key: bytes | None = None,
        account: str | None = None,
    ) -> None:
        self._convert = CONVERTERS[kind]
        self._keys = keys
        self._network_key = network_key
        self._account = account
        self._logs: RawLogs | None = None

    def lines(self, lines: Iterable[RawLine]) -> Iterator[Sketched]:
        """Yield events and what was refused, some lines at a time, in order. A line may hold no exchange, or many."""
        for batch in batches(lines, lambda line: len(line.raw)):
            yield self._converted(batch)

    def _converted(self, batch: Sequence[RawLine]) -> Sketched:
        refused: list[Refused] = []
        origins: list[RawLine] = []
        drafts: list[dict[str, Any]] = []
        for line in batch:
            record = _record(line.raw)
            if isinstance(record, Violation):
                refused.append(Refused(line.file, line.number, record))
                continue
            for exchange in self._convert(record):
                origins.append(line)
                drafts.append(self._draft(exchange))
        events, violations = self._events(drafts)
        refused += [Refused(origins[at].file, origins[at].number, why) for at, why in violations]
        return events, sorted(refused, key=lambda one: (str(one.file), one.number))

    def _draft(self, exchange: Exchange) -> dict[str, Any]:
        """Return the fields that are there, as the contract wants them."""
        fields = dict(exchange.fields)
        if self._account is not None:
            fields["account_id"] = at(exchange.source, self._account)
        for name, length in _LENGTHS.items():
            fields[name] = shortened(_text(fields.get(name)), length)
        fields["ip"] = None if self._network_key is None else network(fields.get("ip"), self._network_key)
        fields["client"] = product(fields.get("client"))
        return {name: value for name, value in fields.items() if value is not None}

    def _events(self, drafts: Sequence[dict[str, Any]]) -> tuple[list[bytes], list[tuple[int, Violation]]]:
        """Return the events of drafts, in order, and why others are none."""
        talking = [position for position, draft in enumerate(drafts) if "messages" in draft]
        silent = [position for position, draft in enumerate(drafts) if "messages" not in draft]
        plain, violations = decode_events([_encoder.encode(drafts[position]) for position in silent])
        refused = [(silent[at], why) for at, why in violations]
        made = _placed(silent, violations, map(encode_event, plain))
        if talking:
            sketched, violations = self._raw_logs().to_events(
                [_encoder.encode(drafts[position]) for position in talking]
            )
            refused += [(talking[at], why) for at, why in violations]
            made |= _placed(talking, violations, sketched)
        return [made[position] for position in sorted(made)], refused

    def _raw_logs(self) -> RawLogs:
        if self._logs is None:
            self._logs = RawLogs(Sketcher(*self._keys()))
        return self._logs


def _record(raw: bytes) -> dict[str, Any] | Violation:
    """Return a line as an object, or why it is none; says nothing of what it holds."""
    if len(raw) > MAX_RAW_BYTES:
        return Violation("", f"more than {MAX_RAW_BYTES:,} bytes", "is too long")
    try:
        record = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Violation("", "", f"must be JSON: {error}")
    except RecursionError:
        return Violation("", "", "must not be nested this deeply")
    return record if isinstance(record, dict) else Violation("", "", "must be a JSON object")


def _text(value: object) -> object:
    """Return identifiers that a log has as numbers as text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _placed(
    positions: Sequence[int], violations: Sequence[tuple[int, Violation]], events: Iterable[bytes]
) -> dict[int, bytes]:
    """Return which event stands where: the events are those of the positions without a violation."""
    refused = {at for at, _ in violations}
    kept = [position for at, position in enumerate(positions) if at not in refused]
    return dict(zip(kept, events, strict=True))
