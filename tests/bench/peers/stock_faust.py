"""Faust as it comes: one agent, one event at a time."""

from __future__ import annotations

import logging
import tempfile

import faust
from counting import Counting, arguments


def main() -> None:
    logging.disable(logging.WARNING)
    bootstrap, topic, events = arguments()
    counting = Counting(events)
    app = faust.App(
        "peer-faust",
        broker=f"kafka://{bootstrap}",
        value_serializer="raw",
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        datadir=tempfile.mkdtemp(),
        broker_session_timeout=6.0,
        broker_heartbeat_interval=1.0,
    )

    @app.agent(app.topic(topic, value_serializer="raw"))
    async def count(stream) -> None:
        async for value in stream:
            counting.see(value)

    faust.Worker(app, loglevel="ERROR", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main()
