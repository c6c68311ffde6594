"""CPU time of a running worker's models, apart from the agents around them."""

from __future__ import annotations

import time
from collections.abc import Callable

from models.account.shard import AccountShard
from streams.agents import accounts
from streams.agents.campaign_state import CampaignState
from streams.agents.links import LinkState


def time_models() -> dict[str, float]:
    """Time the models of this process from now on; return what is added to, seconds by model.

    Accounts include the decoding of events; links and campaigns that of messages, and links the encoding as well.
    """
    spent = {"accounts": 0.0, "links": 0.0, "campaigns": 0.0}
    for name, owner, method in (
        ("accounts", accounts, "decode_columns"),
        ("accounts", AccountShard, "process_columns"),
        ("links", LinkState, "evidence"),
        ("campaigns", CampaignState, "apply"),
    ):
        setattr(owner, method, _timed(getattr(owner, method), spent, name))
    return spent


def _timed(call: Callable[..., object], spent: dict[str, float], name: str) -> Callable[..., object]:
    def timed(*arguments: object) -> object:
        began = time.thread_time()
        try:
            return call(*arguments)
        finally:
            spent[name] += time.thread_time() - began

    return timed
