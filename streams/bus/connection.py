"""How librdkafka reaches the brokers of the settings."""

from __future__ import annotations

from streams.settings import Settings


def client_settings(settings: Settings, bootstrap: str | None = None) -> dict[str, object]:
    """Return librdkafka's settings for any client of the brokers.

    Args:
        settings: Of the worker.
        bootstrap: Where the brokers are when not where the settings say: the embedded one chooses its port late.
    """
    return {"bootstrap.servers": bootstrap or settings.kafka}
