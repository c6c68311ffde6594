"""Apache Kafka itself on this machine's loopback: one KRaft node from the jars of `make kafka`.

What production runs. Here it serves the conformance and crash tests, and whoever wants the embedded stack on a broker
that keeps its log on disk. Needs Java 17; comes up in about 6 s, with some 350 MB of memory.
"""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Sequence
from pathlib import Path

from streams.bus.broker import BrokerError, LocalBroker, free_port

JARS = Path(__file__).parents[2] / "build" / "kafka" / "lib"
# A single node for one user: start-up time and memory count, throughput hardly.
JVM = ("-Xmx512m", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dlog4j2.level=WARN")
FORMAT_SECONDS = 60


class ApacheKafka(LocalBroker):
    """A broker and controller in one Java process; its data is in `directory`, or in a temporary one.

    Args:
        directory: Where log and configuration go; must be empty or new. None for a temporary one.
        jars: Folder of the jars; None for what `make kafka` fetched.
    """

    start_seconds = 60.0

    def __init__(self, directory: Path | None = None, jars: Path | None = None) -> None:
        super().__init__(directory)
        self._jars = JARS if jars is None else jars
        missing = missing_for_apache_kafka(self._jars)
        if missing:
            raise BrokerError(missing)

    def prepare(self, directory: Path, port: int) -> Sequence[str]:
        """Write the node's properties, format its storage, return the Java command."""
        java = ("java", *JVM, "-cp", f"{self._jars}/*")
        properties = directory / f"server-{port}.properties"
        properties.write_text(_properties(directory / f"log-{port}", port, free_port()))
        formatting = (*java, "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(properties))
        done = subprocess.run(formatting, capture_output=True, text=True, timeout=FORMAT_SECONDS, check=False)  # noqa: S603
        if done.returncode != 0:
            raise BrokerError(f"Apache Kafka cannot format {directory}: {done.stdout}{done.stderr}".strip())
        return (*java, "kafka.Kafka", str(properties))


def missing_for_apache_kafka(jars: Path = JARS) -> str | None:
    """What is missing on this machine to run Apache Kafka and what to do, in words; None when all is there."""
    if shutil.which("java") is None:
        return "Apache Kafka needs Java 17: `java` is not on PATH"
    if not any(jars.glob("kafka_2.13-*.jar")):
        return f"no Apache Kafka in {jars}: run `make kafka` (needs Maven)"
    return None


def _cluster_id() -> str:
    # Kafka wants 16 bytes as URL-safe base64, 22 characters; any will do for a cluster of one.
    return uuid.uuid4().hex[:22]


def _properties(log: Path, port: int, controller_port: int) -> str:
    return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=CLIENTS://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=CLIENTS://127.0.0.1:{port}
listener.security.protocol.map=CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENTS
controller.listener.names=CONTROLLER
log.dirs={log}
auto.create.topics.enable=false
# One node: no replicas, and nobody to wait for before the first member of a group gets its partitions.
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""
