"""Kafka over TLS with a password: what the settings say reaches librdkafka and Faust, and nothing else shows it."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.bus.admin import TopicError, create_topics, topic_ends
from streams.bus.apache_kafka import ApacheKafka, missing_for_apache_kafka
from streams.bus.app import StartError, create_app, running
from streams.bus.connection import Brokers, brokers_of
from streams.bus.producer import RawProducer
from streams.settings import SettingsError, load_settings
from streams.topics import TopicLayout

PASSWORD = "hunter2-hunter2"
TLS = {"STILLWATCH_KAFKA": "kafka:9093", "STILLWATCH_KAFKA_PROTOCOL": "tls", "STILLWATCH_KAFKA_USER": "writer"}


def test_settings_become_a_connection_and_the_password_shows_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    environ = TLS | {"STILLWATCH_KAFKA_MECHANISM": "SCRAM-SHA-512", "STILLWATCH_KAFKA_PASSWORD_FILE": str(secret)}
    settings = load_settings(environ=environ)
    brokers = brokers_of(settings)
    assert brokers.client()["sasl.password"] == PASSWORD
    assert brokers.client()["security.protocol"] == "sasl_ssl"
    assert PASSWORD not in repr(settings) + repr(brokers) + str(settings.__rich_repr__()) + repr(brokers.credentials())


def test_a_password_is_not_sent_in_the_clear_nor_taken_from_a_shared_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="kafka_protocol = 'tls'"):
        load_settings(environ={"STILLWATCH_KAFKA_MECHANISM": "PLAIN"})
    with pytest.raises(SettingsError, match="STILLWATCH_KAFKA_PASSWORD"):
        load_settings(environ=TLS | {"STILLWATCH_KAFKA_MECHANISM": "PLAIN"})
    file = tmp_path / "stillwatch.toml"
    file.write_text(f'kafka_password = "{PASSWORD}"\n')
    with pytest.raises(SettingsError, match="easily shared") as refusal:
        load_settings(file, environ={})
    assert PASSWORD not in str(refusal.value)


def test_the_password_of_clickhouse_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("p@ss/word\n")
    environ = {
        "STILLWATCH_CLICKHOUSE": "clickhouses://writer@ch:8443/stillwatch",
        "STILLWATCH_CLICKHOUSE_PASSWORD_FILE": str(secret),
    }
    settings = load_settings(environ=environ)
    assert settings.clickhouse == "clickhouses://writer:p%40ss%2Fword@ch:8443/stillwatch"
    assert "p%40ss" not in repr(settings)


class SecureKafka(ApacheKafka):
    """Apache Kafka with TLS and a password."""

    def prepare(self, directory: Path, port: int):
        command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
        names = ("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
        files = ("-keyout", str(directory / "key.pem"), "-out", str(directory / "ca.pem"))
        subprocess.run([*command, *names, *files], check=True, capture_output=True)
        (directory / "store.pem").write_text((directory / "key.pem").read_text() + (directory / "ca.pem").read_text())
        run = super().prepare(directory, port)
        properties = Path(run[-1])
        text = properties.read_text().replace("CLIENTS:PLAINTEXT", "CLIENTS:SASL_SSL")
        properties.write_text(
            f"{text}ssl.keystore.type=PEM\nssl.keystore.location={directory / 'store.pem'}\n"
            "sasl.enabled.mechanisms=PLAIN\nsasl.mechanism.inter.broker.protocol=PLAIN\n"
            "listener.name.clients.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule"
            f' required username="writer" password="{PASSWORD}" user_writer="{PASSWORD}";\n'
            f"ssl.truststore.type=PEM\nssl.truststore.location={directory / 'ca.pem'}\n"
        )
        self.ca = directory / "ca.pem"
        return run

    def _wait_until_it_answers(self) -> None:
        """Plain clients get no answer; the test's own do."""


@pytest.fixture(scope="module")
def secure() -> Iterator[SecureKafka]:
    if missing := missing_for_apache_kafka():
        pytest.skip(missing)
    with SecureKafka() as broker:
        yield broker


@pytest.mark.kafka
async def test_topics_producers_and_workers_use_tls_and_password(secure: SecureKafka) -> None:
    brokers = Brokers(
        servers=secure.bootstrap,
        protocol="tls",
        ca_file=str(secure.ca),
        mechanism="PLAIN",
        user="writer",
        password=PASSWORD,
    )
    create_topics(brokers, 1, layout=[TopicLayout("t", 1, "delete")])
    with RawProducer(brokers) as producer:
        producer.send("t", b"x")
    assert topic_ends(brokers, "t")[0].high == 1
    app = create_app("secure", brokers, chunk_topics=["t"], partitions=1)
    got = asyncio.Event()

    async def read(stream) -> None:
        async for _ in stream:
            got.set()

    app.agent(app.topic("t", value_serializer="raw"), name="read")(read)
    async with running(app):
        await asyncio.wait_for(got.wait(), 60)
    wrong = Brokers(
        servers=secure.bootstrap,
        protocol="tls",
        ca_file=str(secure.ca),
        mechanism="PLAIN",
        user="writer",
        password="no",
    )
    with pytest.raises(StartError) as refusal:
        async with running(create_app("wrong", wrong, chunk_topics=["t"], partitions=1), start_seconds=15):
            pass
    assert PASSWORD not in str(refusal.value)
    with pytest.raises(TopicError):
        topic_ends(Brokers(servers=secure.bootstrap), "t")
