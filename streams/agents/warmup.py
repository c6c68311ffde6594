"""Compiling the models' kernels before the first event waits for them."""

from __future__ import annotations

from base64 import b64encode

import orjson

from models.account.decode import decode_columns
from models.account.sampler import Sampler
from models.account.shard import AccountShard
from models.campaign.labels import Label
from models.campaign.model import CampaignModel
from models.link.shard import LinkShard
from models.sighting import encode_batches
from streams.agents.campaign_state import CampaignState
from streams.agents.links import LinkState
from streams.settings import Settings

# Of a pool one half shares a prompt and the other a card; others are so many that these are compared with them, and
# that what is small at first has to grow. Each account sends requests until all detections look at it.
POOL, OTHERS, REQUESTS = 40, 1_100, 9


def warm_up(settings: Settings) -> None:
    """Send a pool among others through models of its own, from their messages to a verdict.

    Compiled code is kept beside the sources, so this takes half a minute the first time and a second afterwards. Inside
    a running worker it would keep the worker from its heartbeats.
    """
    shard, links = AccountShard(), LinkState(LinkShard(settings.detection))
    sampler, campaigns = Sampler(settings.detection.population_sample), CampaignState(CampaignModel(settings.detection))
    for request in range(REQUESTS):
        messages = [_message(account, request) for account in range(POOL + OTHERS)]
        outcome = shard.process_columns(decode_columns(messages).columns)
        sample = shard.describe(sampler.choose(shard.bank.rows, outcome.touched))
        evidence = list(encode_batches(sample, shard.bank.names_of))
        for told in encode_batches(outcome.sightings, shard.bank.names_of):
            evidence += links.evidence(told)
        for message in evidence:
            campaigns.apply(message)
    campaigns.hear([Label("account", "account-0", "benign", ts=1)])


def _message(account: int, request: int) -> bytes:
    by_prompt, by_card = account < POOL // 2, POOL // 2 <= account < POOL
    return orjson.dumps(
        {
            "event_id": f"{account}-{request}",
            "ts": 1_790_000_000_000 + 600_000 * request + account,
            "account_id": f"account-{account}",
            "model": "model",
            "input_tokens": 100 + account,
            "output_tokens": 100 + request,
            "payment": "card" if by_card else f"card-{account}",
            "templates": [f"{1 if by_prompt else 2 * account + 2:016x}", f"{2 * account + 3:016x}"],
            "content": b64encode(bytes((account * d + request) % 128 for d in range(64))).decode(),
            "reasoning_out": f"{account + 1:08x}{request:08x}",
            "reasoning_in": [f"{account + 1:08x}{request - 1:08x}"] if request else [],
        }
    )
