"""A campaign on watch that is forgotten has no members in the store any more, and comes back as a newer one."""

from pathlib import Path

from models.policy import Policy
from models.sighting import encode_batches
from streams import topics
from streams.settings import Settings
from streams.stack.local import LocalStack, local_stack
from tests.models.campaign.test_forgetting import dull
from tests.producing import produce
from tests.streams.bus.waiting import eventually

SETTINGS = Settings(partitions=1, insert_seconds=0.2, detection=Policy(campaign_owners_in_memory=240))


async def told(stack: LocalStack, keys: range, ts: int) -> None:
    """Give the campaigns one message about the users of each of some prompts, and have it written."""
    progress = stack.worker.progress
    expected = progress.handled[topics.EVIDENCE] + len(keys)
    for key in keys:
        messages = encode_batches(dull(key, ts + key), lambda hashes: {one: f"a{one}" for one in hashes.tolist()})
        produce(stack.bootstrap, messages, topics.EVIDENCE)
    await eventually(lambda: progress.handled[topics.EVIDENCE] == expected, "they are told")
    await stack.worker.commit()


def written(stack: LocalStack) -> dict[str, set[str]]:
    query = "SELECT campaign_id, groupUniqArray(account_id) FROM campaign_members FINAL WHERE active GROUP BY 1"
    return {name: set(accounts) for name, accounts in stack.client.query(query).result_rows}


async def test_the_store_follows(tmp_path: Path) -> None:
    async with local_stack(SETTINGS, tmp_path / "store") as stack:
        await told(stack, range(1, 16), ts=0)
        campaigns = stack.worker.campaigns
        before = set(campaigns.model.campaigns)
        await told(stack, range(16, 60), ts=0)
        gone = before - set(campaigns.model.campaigns)
        assert gone, "or this proves nothing"
        assert written(stack) == members(stack)

        back = sorted(gone)[0]
        await told(stack, range(int(back[2:], 16), int(back[2:], 16) + 1), ts=100)
        assert back in campaigns.model.campaigns
        assert written(stack) == members(stack)
        [(_, state)] = campaigns.held
        assert set(state.written) == set(campaigns.model.campaigns)
        assert len(state.names) < 12 * 59


def members(stack: LocalStack) -> dict[str, set[str]]:
    known = stack.worker.campaigns.model.campaigns.values()
    return {one.id: {f"a{account}" for account in one.accounts} for one in known if one.merged_into is None}
