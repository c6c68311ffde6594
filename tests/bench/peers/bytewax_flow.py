"""Bytewax: one map on its Kafka source, one worker."""

from __future__ import annotations

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSource
from bytewax.connectors.stdio import StdOutSink
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main
from confluent_kafka import OFFSET_BEGINNING
from counting import Counting, arguments


def main() -> None:
    bootstrap, topic, events = arguments()
    counting = Counting(events)
    flow = Dataflow("count")
    source = KafkaSource([bootstrap], [topic], starting_offset=OFFSET_BEGINNING, batch_size=1000)
    messages = op.input("events", flow, source)
    seen = op.filter("count", messages, lambda message: bool(counting.see(message.value)))
    op.output("out", op.map("text", seen, str), StdOutSink())
    run_main(flow)


if __name__ == "__main__":
    main()
