"""The traffic of benchmarks is what it says: valid events in order, and pools that are found."""

from models.event import decode_events
from models.links import LinkKind
from tests.bench.pipeline import Pipeline
from tests.bench.pools import Pools


def test_events_are_valid_and_in_order_of_time() -> None:
    traffic = Pools(3, 50, 200, members=4, requests=2)
    events, refused = decode_events(traffic.lines())
    assert not refused
    assert len(events) == 200 + 3 * 4 * 2
    assert [one.ts for one in events] == sorted(one.ts for one in events)
    assert len({one.event_id for one in events}) == len(events)
    for one in events:
        pool = traffic.pool_of(one.account_id)
        assert (pool is not None) == ("task_generation" in one.signals)
        assert pool is None or f"{traffic.template(pool):016x}" in one.templates


def test_every_pool_is_found_by_its_template() -> None:
    traffic, pipeline = Pools(4, 1_000, 20_000, members=32, requests=32, hours=24), Pipeline()
    assert all(step.all >= 0.0 for step in pipeline.run(traffic.lines()))
    found = [one for one in pipeline.campaigns.model.campaigns.values() if one.status == "alert"]
    links = {key for one in found for key, kind in one.links if kind == LinkKind.TEMPLATE.name.lower()}
    assert links == {traffic.template(pool) for pool in range(traffic.pools)}
