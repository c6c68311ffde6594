"""Somebody who writes blocks of labels, and notes how many rows were pending at most."""

from __future__ import annotations

from streams.sinks.clickhouse import StoreWriter

ROWS, BLOCKS = 50, 20


def block(number: int) -> dict[str, list[str]]:
    """Return `ROWS` labels that no other block has."""
    names = [f"{number}-{at}" for at in range(ROWS)]
    return {"entity_type": ["link"] * ROWS, "entity_id": names, "verdict": ["benign"] * ROWS, "analyst": ["k"] * ROWS}


def write_the_rest(writer: StoreWriter) -> int:
    """Write all blocks but the first; return how many rows were pending at most."""
    most = 0
    for number in range(1, BLOCKS):
        writer.write("labels", block(number))
        most = max(most, writer.pending_rows)
    return most
