"""After a ban the accounts that take over are the old campaign's at once: the target is 100 exchanges."""

from tests.quality.heirs import heirs_of


def test_heirs_are_joined_to_the_old_campaign_within_a_hundred_exchanges() -> None:
    joined, count, _ = heirs_of("pool-switch:0.05:278")
    assert count >= 10
    assert len(joined) == count
    assert max(own for own, _ in joined.values()) <= 100
    assert min(of_all for _, of_all in joined.values()) <= 100
