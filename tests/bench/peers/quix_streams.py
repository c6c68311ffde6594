"""Quix Streams: one update on a streaming data frame."""

from __future__ import annotations

import logging

from counting import Counting, arguments
from quixstreams import Application


def main() -> None:
    bootstrap, topic, events = arguments()
    counting = Counting(events)
    app = Application(bootstrap, consumer_group="peer-quix", auto_offset_reset="earliest", loglevel=logging.ERROR)
    app.dataframe(app.topic(topic, value_deserializer="bytes")).update(counting.see)
    app.run()


if __name__ == "__main__":
    main()
