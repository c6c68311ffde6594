"""What README shows works as it stands there: every command line of it, one after the other, in one directory."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import orjson
import pytest
from backports import zstd

from streams.bus.broker import LocalBroker
from tests.command import STILLWATCH, environment, started, stillwatch
from tests.serving import serving
from tests.streams.sources.convert.logs import LITELLM

pytestmark = pytest.mark.embedded

README = (Path(__file__).parents[3] / "README.md").read_text()
EVENT = {"account_id": "acct-1", "model": "large-4", "input_tokens": 812, "output_tokens": 1930}


def block(heading: str, language: str = "sh") -> str:
    """All blocks of a section, in order."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert found, f"README has no {language} under {heading!r}"
    return "".join(found)


def run(script: str, folder: Path, **settings: str) -> str:
    """Run shell commands as they stand, each of which has to succeed; return what they print."""
    path = f"{STILLWATCH.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(".venv/bin/stillwatch", "stillwatch")],
        cwd=folder,
        env=environment(**settings) | {"PATH": path},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that README speaks of."""
    made = tmp_path_factory.mktemp("readme")
    events = [EVENT | {"event_id": f"e{n}", "ts": 1_790_000_000_000 + n} for n in range(30)]
    asked = [{"role": "user", "content": "Why does copper turn green on church roofs?"}]
    lines = b"".join(orjson.dumps(event) + b"\n" for event in events)
    (made / "events.ndjson.zst").write_bytes(zstd.compress(lines))
    (made / "raw-logs.ndjson").write_bytes(
        b"".join(orjson.dumps(event | {"messages": asked}) + b"\n" for event in events)
    )
    (made / "proxy.ndjson").write_bytes(orjson.dumps(LITELLM))
    return made


def test_detect_on_your_own_events(folder: Path):
    script = "".join(line for line in block("Start").splitlines(keepends=True) if not line.startswith("make "))
    assert "30 events of 1 accounts" in run(script, folder)


def test_feed_it_your_events(folder: Path):
    script = block("Feed it your events").replace("--out run", "--out raw-run")
    assert "30 events of 1 accounts" in run(script, folder)
    assert len(zstd.decompress((folder / "events.ndjson.zst").read_bytes()).splitlines()) == 1


def test_query_it(folder: Path):
    assert "campaign_id" in run(block("Query it"), folder)
    stillwatch("sql", "--store", folder / "run", block("Query it", "sql"))
    labels = stillwatch("sql", "--store", folder / "run", "SELECT entity_id, verdict FROM labels")
    assert "c-1\tpermitted" in labels.stdout


@pytest.mark.kafka
def test_run_it_in_production(kafka_broker: LocalBroker, tmp_path: Path):
    """Against a real Kafka, and an engine that lets its caller make tables, as `up` does not."""
    with serving(tmp_path / "store") as url:
        *lines, last = block("Run it in production").splitlines()
        assert last.startswith("stillwatch worker")
        script = "\n".join(line for line in lines if not line.startswith("export "))
        settings = {
            "kafka": kafka_broker.bootstrap, "clickhouse": url, "topic_prefix": "readme.", "group_id": "readme",
            "data_dir": str(tmp_path / "worker"),
        }  # fmt: skip
        assert "FAIL" not in run(script, tmp_path, **settings)
        with started(tmp_path / "log", "worker", **settings) as worker:
            worker.wait_for("is running")
            worker.process.terminate()
            assert worker.ends() == 0, worker.said
