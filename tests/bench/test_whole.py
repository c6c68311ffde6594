"""What a quick benchmark fails on, and what it measures a worker by."""

from msgspec.structs import replace

from tests.bench.figures import Figures
from tests.bench.pair import Pair
from tests.bench.tables import aims
from tests.bench.whole import check
from tests.bench.workers import Taken

GOOD = Figures(
    worker_cpu_us_per_event=9.0,
    two_worker_speedup=1.9,
    latency_p99_s=0.2,
    state_bytes_p50=1_500,
    changelog_bytes_p50=700,
    rss_bytes_at_1m_accounts=2_000_000_000,
    sketches_per_s=80_000,
    cpu_us_per_event_10k_accounts=4.0,
    cpu_us_per_event_1m_accounts=4.5,
    floor_us_per_event=2.0,
    peers={"faust": 97.0, "bytewax": 9.5},
)


def test_what_is_within_its_floors_passes() -> None:
    assert check(GOOD) == []
    assert all(aim.endswith("met") for _, _, aim in aims(GOOD))


def test_a_ratio_above_its_floor_is_named() -> None:
    [failed] = check(replace(GOOD, worker_cpu_us_per_event=100.0))
    assert failed == "worker to stock Faust counting: 1.03, at most 1"
    [failed] = check(replace(GOOD, state_bytes_p50=4096))
    assert failed == "account in memory to 2 KiB: 2.00, at most 1"
    assert [name for name, _, aim in aims(replace(GOOD, two_worker_speedup=1.0)) if "missed" in aim] == [
        "two workers to one"
    ]


def test_what_a_worker_took_is_counted_from_a_moment_on() -> None:
    before = Taken(cpu=1.0, threads={"loop": 1.0}, models={"links": 1.0}, handled={"api-events": 5}, alerts=1)
    after = Taken(
        cpu=4.0,
        threads={"loop": 3.0, "writer": 0.5},
        models={"links": 1.5},
        handled={"api-events": 9, "evidence": 2},
        alerts=1,
    )
    took = Taken(
        cpu=3.0,
        threads={"loop": 2.0, "writer": 0.5},
        models={"links": 0.5},
        handled={"api-events": 4, "evidence": 2},
        alerts=0,
    )
    assert after.since(before) == took


def test_the_clock_counts_only_with_cores_for_all(monkeypatch) -> None:
    pair = Pair(by_clock=0.9, by_cpu=1.6)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert pair.speedup == 1.6
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert pair.speedup == 0.9
