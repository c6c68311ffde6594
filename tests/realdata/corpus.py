"""The real prompts and arrival times of `../shared/data`, as far as they are there."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import orjson

DATA = Path(__file__).parents[3] / "shared" / "data"


def present() -> bool:
    """Whether the folder with real data lies beside the checkout."""
    return (DATA / "prompts").is_dir() and (DATA / "arrivals").is_dir()


@cache
def prompts(name: str) -> tuple[str, ...]:
    """All prompts of one corpus."""
    return tuple(line["prompt"] for line in _lines(name) if line["prompt"].strip())


@cache
def runs(name: str) -> dict[str, tuple[str, ...]]:
    """The prompts of one corpus by run: one template, or one evaluation suite."""
    found: dict[str, list[str]] = {}
    for line in _lines(name):
        if line["prompt"].strip():
            found.setdefault(line["run"], []).append(line["prompt"])
    return {run: tuple(texts) for run, texts in found.items()}


@cache
def sweeps() -> tuple[tuple[float, ...], ...]:
    """Request times of real scripted sweeps, seconds since the first of each."""
    found: dict[str, list[float]] = {}
    for row in _table("bulk_requests"):
        found.setdefault(row["run"], []).append(float(row["tstamp"]))
    return tuple(tuple(t - min(times) for t in sorted(times)) for times in found.values() if len(times) > 20)


@cache
def clients() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Real clients over 14 days: for each its active 10-minute windows as (start in seconds, requests per second)."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in _table("servegen_clients"):
        found.setdefault(row["client"], []).append((float(row["t_s"]), float(row["rate_per_s"])))
    return tuple(tuple(windows) for windows in found.values() if len(windows) > 50)


@cache
def exchanges() -> tuple[tuple[int, int], ...]:
    """Tokens in and out of real exchanges with a chat service."""
    return tuple((int(row["ContextTokens"]), int(row["GeneratedTokens"])) for row in _table("azure_2023_conv"))


def _lines(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(DATA / "prompts" / f"{name}.jsonl.gz") as file:
        for line in file:
            yield orjson.loads(line)


def _table(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(DATA / "arrivals" / f"{name}.csv.gz", "rt") as file:
        yield from csv.DictReader(file)
