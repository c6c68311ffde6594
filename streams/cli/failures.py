"""What can go wrong around the program, told in one line instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from aiokafka.errors import KafkaError
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import KafkaException

from streams.bus.admin import TopicError
from streams.bus.app import StartError
from streams.bus.broker import BrokerError
from streams.bus.producer import DeliveryError
from streams.bus.removal import RemovalError
from streams.bus.tombstones import BurialError
from streams.sources.feeder import FeedError
from streams.sources.lines import UnreadableFileError
from streams.stack.detect import OutputExistsError
from streams.stack.unfinished import UnfinishedError
from streams.state.changelog import ChangelogError
from streams.state.cold_accounts import ColdAccountsError
from streams.store.errors import StoreError

# Their messages say what to do.
OURS = (
    BrokerError, BurialError, ChangelogError, ColdAccountsError, DeliveryError, FeedError, RemovalError, StartError,
    StoreError, TopicError, UnreadableFileError,
)  # fmt: skip


@contextmanager
def failures_explained() -> Iterator[None]:
    """Turn failures of brokers, stores and files into exit code 1 with a message; wrong use into 2."""
    try:
        yield
    except (OutputExistsError, UnfinishedError) as error:
        raise click.UsageError(str(error)) from error
    except OURS as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'the system'}: {error.strerror or error}") from error
    except (KafkaError, KafkaException) as error:
        raise click.ClickException(f"Kafka: {error}; `stillwatch doctor` looks at what may be wrong") from error
    except ClickHouseError as error:
        raise click.ClickException(f"ClickHouse: {error}; `stillwatch doctor` looks at what may be wrong") from error
