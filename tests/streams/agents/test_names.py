"""Names leave memory with the accounts that nothing can be said of any more."""

import numpy as np

from models.link.shard import LinkShard
from models.links import LinkKind
from models.policy import Policy
from models.sighting import SIGHTING, encode_batches
from streams.agents.links import LinkState

FLOOD, EACH = 40_000, 1_000


def names_after(policy: Policy, keys: np.ndarray) -> LinkState:
    """Apply a flood of accounts, each seen once, on `keys`."""
    state = LinkState(LinkShard(policy))
    for start in range(0, FLOOD, EACH):
        rows = np.zeros(EACH, SIGHTING)
        accounts = np.arange(1 + start, 1 + start + EACH)
        rows["key"], rows["kind"], rows["ts"] = keys[start : start + EACH], LinkKind.TEMPLATE, start
        rows["owner"]["account"] = rows["owner"]["org"] = accounts
        for message in encode_batches(rows, lambda hashes: {one: f"a{one}" for one in hashes.tolist()}):
            state.apply(message)
    return state


def test_names_of_forgotten_owners_are_forgotten() -> None:
    state = names_after(Policy(link_owners_in_memory=5_000), np.arange(1, 1 + FLOOD))
    table = state.shard.table
    assert set(table.rows["owner"]["account"][: table.used].tolist()) <= set(state.names)
    assert len(state.names) <= 5_000


def test_names_on_a_public_key_are_not_kept() -> None:
    state = names_after(Policy(max_owners=1_000), np.full(FLOOD, 7))
    assert state.shard.table.used == 1_001
    assert len(state.names) < FLOOD / 4
