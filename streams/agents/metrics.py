"""What a worker tells Prometheus: how far it is, how long things take, how large its state is, how its models are.

Values are read from the running worker at the moment they are asked for, so counting costs the stream nothing.
`infra/prometheus/rules.yml` has the alert rules, `docs/runbooks.md` what to do about each.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from faust.types import TP
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.agents.worker import Worker

PREFIX = "stillwatch_"
# A worker that is behind and has reached no checkpoint for this long does not live, whatever its process does.
PROGRESS_SECONDS = 120.0


class WorkerMetrics(Collector):
    """Collects the metrics of one worker.

    Args:
        worker: That runs.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def collect(self) -> Iterable[Metric]:
        """Yield every metric with its present value."""
        yield from self._stream()
        yield from self._sinks()
        yield from self._state()
        yield from self._models()

    def is_alive(self) -> bool:
        """Whether the worker makes progress, or has none to make."""
        return not sum(self.lag().values()) or self._worker.checkpoints.age() < PROGRESS_SECONDS

    def lag(self) -> Counter[str]:
        """Return how many records of each topic are not committed, over the partitions of this worker."""
        consumer, prefix = self._worker.app.consumer, self._worker.settings.topic_prefix
        found: Counter[str] = Counter()
        for tp in consumer.assignment():
            end, committed = consumer.highwater(tp), _committed(consumer, tp)
            if end is not None and tp.topic.startswith(prefix):
                found[tp.topic.removeprefix(prefix)] += max(end - committed, 0)
        return found

    def _stream(self) -> Iterator[Metric]:
        done, checkpoints = self._worker.progress, self._worker.checkpoints
        counts = {"fresh": done.events, "repeated": done.duplicates, "late": done.late, "refused": done.dead_letters}
        yield _counter("events", "API events, by what became of them", "outcome", counts)
        ratio = done.dead_letters / max(done.events + done.duplicates + done.dead_letters, 1)
        yield _gauge("dead_letter_ratio", "Share of events that did not fit, since the start", None, {"": ratio})
        yield _counter("alerts", "Campaign alerts raised", None, {"": done.alerts})
        poisoned = {one.model: one.poisoned for one in self._worker.tolerances}
        yield _counter("poisoned", "Records that made a model raise, by the model", "model", poisoned)
        yield _gauge("lag_records", "Records that are not committed", "topic", self.lag())
        yield _gauge("checkpoint_age_seconds", "Time since the last checkpoint", None, {"": checkpoints.age()})
        yield _gauge("checkpoint_seconds", "What the last checkpoint took", None, {"": checkpoints.seconds})
        yield _gauge("alive", "Whether the worker makes progress, or has none to make", None, {"": self.is_alive()})

    def _sinks(self) -> Iterator[Metric]:
        store = self._worker.store
        away = store.patience.since
        seconds = 0.0 if away is None else time.monotonic() - away
        yield _gauge("store_pending_rows", "Rows that ClickHouse has not acknowledged", None, {"": store.pending_rows})
        yield _gauge("store_away_seconds", "Time since which ClickHouse takes no inserts", None, {"": seconds})
        yield _counter("store_rows", "Rows that ClickHouse acknowledged", "table", store.metrics.rows)
        yield _counter("store_insert_seconds", "Time spent inserting", None, {"": store.metrics.insert_seconds})

    def _state(self) -> Iterator[Metric]:
        worker = self._worker
        accounts = {str(partition): len(state.shard.bank) for partition, state in worker.accounts.held}
        owners = {str(partition): state.shard.table.used for partition, state in worker.links.held}
        yield _gauge("accounts", "Accounts in memory", "partition", accounts)
        banks = [state.shard.bank for _, state in worker.accounts.held]
        on_disk = {str(number): one.shard.bank.left - one.shard.bank.recalled for number, one in worker.accounts.held}
        yield _gauge("accounts_on_disk", "Accounts that left memory and did not come back", "partition", on_disk)
        moves = {"left": sum(bank.left for bank in banks), "recalled": sum(bank.recalled for bank in banks)}
        yield _counter("cold_accounts", "Accounts that left memory for the disk, and came back", "way", moves)
        yield _gauge("link_owners", "Owners of links in memory", "partition", owners)
        yield _counter(
            "state_bytes", "State written to the changelog, before compression", None, {"": worker.saved_bytes}
        )
        yield _gauge("recovery_seconds", "Longest recovery of a partition", None, {"": worker.recovery.seconds})

    def _models(self) -> Iterator[Metric]:
        now = time.time()
        delay = {
            str(partition): now - state.shard.watermark / 1000
            for partition, state in self._worker.accounts.held
            if state.shard.watermark
        }
        yield _gauge("watermark_delay_seconds", "Time by which event time is behind", "partition", delay)
        for _, state in self._worker.campaigns.held:
            model = state.model
            by_status = Counter(campaign.status for campaign in model.campaigns.values())
            yield _gauge("campaigns", "Campaigns, by status", "status", by_status)
            yield _gauge("groups", "Groups of accounts that are judged", None, {"": len(model.book.groups)})
            yield _gauge("campaign_owners", "Owners of watched links in memory", None, {"": model.book.table.used})
            yield _gauge("population", "Accounts of the reference sample", None, {"": len(model.population)})


def _committed(consumer: object, tp: TP) -> int:
    committed: dict[TP, int | None] = consumer._committed_offset  # type: ignore[attr-defined]
    return committed.get(tp) or 0


def _counter(name: str, about: str, label: str | None, values: Mapping[str, float]) -> Metric:
    return _filled(CounterMetricFamily(PREFIX + name, about, labels=[label] if label else []), label, values)


def _gauge(name: str, about: str, label: str | None, values: Mapping[str, float]) -> Metric:
    return _filled(GaugeMetricFamily(PREFIX + name, about, labels=[label] if label else []), label, values)


def _filled(family: CounterMetricFamily | GaugeMetricFamily, label: str | None, values: Mapping[str, float]) -> Metric:
    for key, value in values.items():
        family.add_metric([key] if label else [], float(value))
    return family
