"""How clients reach the brokers: servers, TLS, and who they say they are. For librdkafka and for Faust alike."""

from __future__ import annotations

import ssl
from typing import Literal

import faust
import msgspec
from faust.auth import Credentials

from streams.settings import Settings

Protocol = Literal["plaintext", "tls"]
Mechanism = Literal["none", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class Brokers(msgspec.Struct, frozen=True, kw_only=True):
    """Where the brokers are, and how to talk to them. Its representation holds no password.

    Attributes:
        servers: `host:port[,host:port...]`.
        protocol: Whether connections are encrypted, and the broker's name verified.
        ca_file: Authorities to trust, PEM; None: those of the system.
        certificate_file, key_file: Of this client, PEM; None: it shows none.
        mechanism: Of SASL.
        user, password: For SASL.
    """

    servers: str
    protocol: Protocol = "plaintext"
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    mechanism: Mechanism = "none"
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Brokers({self.servers!r}, {self.protocol}, {self.mechanism} as {self.user!r})"

    def client(self) -> dict[str, str | int | float]:
        """Return the settings of librdkafka; they hold the password.

        >>> Brokers(servers="b:9092").client()
        {'bootstrap.servers': 'b:9092'}
        """
        found: dict[str, str | int | float] = {"bootstrap.servers": self.servers}
        if self.protocol == "tls" or self.mechanism != "none":
            sasl = "sasl_" if self.mechanism != "none" else ""
            found["security.protocol"] = sasl + ("ssl" if self.protocol == "tls" else "plaintext")
        files = {
            "ssl.ca.location": self.ca_file,
            "ssl.certificate.location": self.certificate_file,
            "ssl.key.location": self.key_file,
        }
        found |= {name: value for name, value in files.items() if value is not None}
        if self.mechanism != "none":
            found |= {"sasl.mechanism": self.mechanism, "sasl.username": self.user, "sasl.password": self.password}
        return found

    def credentials(self) -> Credentials | None:
        """Return the same for Faust, None for plain connections.

        Raises:
            OSError: A file cannot be read.
        """
        context = self._context() if self.protocol == "tls" else None
        if self.mechanism != "none":
            return faust.SASLCredentials(
                username=self.user, password=self.password, mechanism=self.mechanism, ssl_context=context
            )
        return None if context is None else faust.SSLCredentials(context=context)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.certificate_file is not None:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context


def brokers_of(settings: Settings, servers: str | None = None) -> Brokers:
    """Return the brokers of the settings.

    Args:
        settings: With all about security.
        servers: Where they are when not where the settings say: the embedded broker chooses its port late.
    """
    if settings.kafka_embedded:
        return Brokers(servers=servers or settings.kafka)
    password = settings.kafka_password
    return Brokers(
        servers=servers or settings.kafka,
        protocol=settings.kafka_protocol,
        ca_file=_path(settings.kafka_ca_file),
        certificate_file=_path(settings.kafka_certificate_file),
        key_file=_path(settings.kafka_key_file),
        mechanism=settings.kafka_mechanism,
        user=settings.kafka_user,
        password="" if password is None else password.reveal().decode(),
    )


def client_of(brokers: str | Brokers) -> dict[str, str | int | float]:
    """Return librdkafka's settings for brokers, or for plain ones by their servers."""
    return brokers.client() if isinstance(brokers, Brokers) else {"bootstrap.servers": brokers}


def servers_of(brokers: str | Brokers) -> str:
    """Return the servers alone, for messages."""
    return brokers.servers if isinstance(brokers, Brokers) else brokers


def _path(path: object) -> str | None:
    return None if path is None else str(path)
