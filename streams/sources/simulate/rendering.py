"""Turns rows into API events: text, tokens, models, networks, reasoning blocks."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.sources.simulate.conversations import Rows
from streams.sources.simulate.identities import KINDS, PLANS, Accounts, Networks, hex_key
from streams.sources.simulate.prompts import Author, Message
from streams.sources.simulate.scenario import Population, Prompt

CHARACTERS_PER_TOKEN = 4.2
_KEPT_MESSAGES = 6  # behind the opening of a long conversation: harnesses compact what lies between
_RECENT_BLOCKS = 256
_PRESENTED_BLOCKS = 6


class Draft(NamedTuple):
    """An event without its sketch, and the messages that the sketch is made of."""

    ts: int
    event: dict[str, Any]
    messages: list[Message]


@dataclass(slots=True)
class _Conversation:
    messages: list[Message]
    context: float
    turn: int = 1
    last_input: int = 0
    blocks: list[str] = field(default_factory=list)


class Renderer:
    """Renders the rows of one population; holds the text of its open conversations.

    Args:
        population, accounts, networks: What the scenario made.
        created: Creation of each account, epoch milliseconds.
        moves: Epoch milliseconds at which each account moves to each released model, in order of release.
        author: Writes the text.
        seed: Of the scenario.
    """

    def __init__(
        self,
        population: Population,
        accounts: Accounts,
        networks: Networks,
        created: NDArray[np.int64],
        moves: list[tuple[str, NDArray[np.int64]]],
        author: Author,
        seed: int,
    ) -> None:
        self._population = population
        self._accounts = accounts
        self._networks = networks
        self._created = created.tolist()
        self._moves = moves
        self._author = author
        self._rng = np.random.default_rng([seed, 31, *population.name.encode()])
        self._random = Random(f"{seed}/{population.name}/render")
        self._open: dict[int, _Conversation] = {}
        self._recent: deque[str] = deque(maxlen=_RECENT_BLOCKS)
        self.sent = [0] * len(accounts)
        n = len(accounts)
        behaviour = population.behaviour
        self._has_session = (self._rng.random(n) < behaviour.sessions).tolist()
        models = list(behaviour.models)
        shares = np.array(list(behaviour.models.values()))
        self._model = [models[i] for i in self._rng.choice(len(models), size=n, p=shares / shares.sum()).tolist()]
        identity = population.identity
        self._proxy = (
            networks.proxy(identity.proxy or "", identity.proxy_exits) if "proxy" in identity.networks else None
        )
        self._salt = int(self._rng.integers(2**63))
        self._asked = [_request_fields(prompt) for prompt in population.prompts]
        self._static = [self._static_fields(account) for account in range(n)]

    def drafts(self, rows: Rows) -> list[Draft]:
        """Return the events of `rows`, in their order."""
        prompts = self._population.prompts
        medians = np.array([prompt.output_tokens for prompt in prompts])[rows["kind"]]
        spreads = np.array([prompt.output_spread for prompt in prompts])[rows["kind"]]
        outputs = np.maximum(1, medians * np.exp(spreads * self._rng.standard_normal(len(rows)))).astype(np.int64)
        render = self._draft
        return [render(*row, output=output) for row, output in zip(rows.tolist(), outputs.tolist(), strict=True)]

    def _draft(
        self,
        ts: int,
        serial: int,
        account: int,
        owner: int,
        turn: int,
        turns: int,
        kind: int,
        status: int,
        *,
        output: int,
    ) -> Draft:
        prompt = self._population.prompts[kind]
        conversation = self._conversation(serial, owner, turn, kind, prompt)
        messages = conversation.messages
        event = {
            "event_id": f"{self._random.getrandbits(64):016x}",
            "ts": ts,
            "account_id": self._accounts.ids[account],
        }
        event["model"] = self._model_at(account, ts)
        input_tokens = int(conversation.context + sum(len(one["content"]) for one in messages) / CHARACTERS_PER_TOKEN)
        event["input_tokens"] = input_tokens
        if status >= 400:
            event |= {"output_tokens": 0, "status": status}
            extra: dict[str, Any] = {}
        else:
            refused = self._random.random() < prompt.refused
            event["output_tokens"] = output = min(output // 6 + 20, 120) if refused else output
            extra = self._answer(prompt, conversation, input_tokens, output, refused=refused)
        if not self._accounts.bare[account]:
            event |= self._static[account]
            event |= self._asked[kind]
            event |= extra
            self._context_fields(event, account, serial, turn, ts)
        if turn >= turns and status < 400:
            self._open.pop(serial, None)
        self.sent[account] += 1
        return Draft(ts, event, messages)

    def _conversation(self, serial: int, owner: int, turn: int, kind: int, prompt: Prompt) -> _Conversation:
        """Return the conversation as it stands when `turn` is sent."""
        conversation = self._open.get(serial)
        if conversation is None:
            context = prompt.context_tokens * self._random.lognormvariate(0.0, 1.0) if prompt.context_tokens else 0.0
            conversation = _Conversation(self._author.opening(owner, kind), context)
            leak = self._population.behaviour.leak
            if leak and self._recent and self._random.random() < leak:
                conversation.blocks.append(self._random.choice(self._recent))
            self._open[serial] = conversation
        if turn > conversation.turn:
            conversation.turn = turn
            messages = [*conversation.messages, *self._author.turn(owner, kind)]
            head = 2 if messages[0]["role"] == "system" else 1
            if len(messages) > head + _KEPT_MESSAGES:
                messages = messages[:head] + messages[-_KEPT_MESSAGES:]
            conversation.messages = messages
            conversation.context += prompt.context_tokens * 0.1
        return conversation

    def _answer(
        self,
        prompt: Prompt,
        conversation: _Conversation,
        input_tokens: int,
        output: int,
        *,
        refused: bool,
    ) -> dict[str, Any]:
        """Return the optional fields that depend on the answer."""
        draw, behaviour = self._random.random, self._population.behaviour
        extra: dict[str, Any] = {}
        if refused:
            extra["refused"] = True
        if conversation.last_input and draw() < behaviour.cached:
            extra["cached_tokens"] = min(conversation.last_input, input_tokens)
        conversation.last_input = input_tokens
        if conversation.blocks and draw() < behaviour.reasoning_back:
            extra["reasoning_in"] = conversation.blocks[-_PRESENTED_BLOCKS:]
        if prompt.reasoning and not refused and draw() < prompt.reasoning:
            block = f"{self._random.getrandbits(64):016x}"
            conversation.blocks.append(block)
            self._recent.append(block)
            extra["reasoning_out"] = block
            extra["reasoning_tokens"] = int(output * (0.3 + draw()))
        cut = prompt.max_tokens is not None and output >= prompt.max_tokens
        extra["stop_reason"] = "max_tokens" if cut else "tool_use" if prompt.tools and draw() < 0.6 else "end_turn"
        extra["latency_ms"] = round(250 + output * 11 * (0.6 + draw()), 1)
        return extra

    def _context_fields(self, event: dict[str, Any], account: int, serial: int, turn: int, ts: int) -> None:
        """Set the fields that depend on the conversation and the moment."""
        network = self._network(account, serial)
        event["ip"] = self._networks.keys[network]
        event["asn"] = self._networks.asn[network]
        event["ip_type"] = self._networks.ip_type[network]
        if turn > 1:
            event["turn"] = turn
        if self._has_session[account]:
            event["session_id"] = f"{(serial * 6_364_136_223_846_793_005 + self._salt + account) % 2**64:016x}"
        identity = self._population.identity
        if identity.keys > 1:
            key = self._created[account] + int(self._random.random() * identity.keys)
            event["key_id"] = f"{key * 6_364_136_223_846_793_005 % 2**64:016x}"
        if identity.end_users:
            user = int(self._random.random() ** 2 * identity.end_users)
            event["end_user_id"] = f"{(self._created[account] * 31 + user * 7_919) % 2**48:012x}"

    def _network(self, account: int, serial: int) -> int:
        """Return the network from which this request comes."""
        home, kind = int(self._accounts.network[account]), KINDS[int(self._accounts.kind[account])]
        if kind == "proxy":
            assert self._proxy is not None
            sticky = self._population.identity.proxy_sticky
            if not sticky:
                return home
            hop = self.sent[account] // sticky
            return int(self._proxy[(home * 69_069 + account * 40_503 + hop * 7_919_101) % len(self._proxy)])
        mixed = (serial * 2_654_435_761 + self._salt) % 2**32
        if mixed / 2**32 < self._population.identity.roam:
            return self._networks.block(int(self._accounts.second[account]), mixed)
        if kind in ("mobile", "vpn"):
            return self._networks.block(home, mixed)
        return self._networks.block(home, mixed, 2) if kind == "cloud" else home

    def _model_at(self, account: int, ts: int) -> str:
        model: str = self._model[account]
        for name, moved in self._moves:
            if ts >= moved[account]:
                model = name
        return model

    def _static_fields(self, account: int) -> dict[str, Any]:
        """Return the optional fields that never change for an account."""
        accounts = self._accounts
        fields: dict[str, Any] = {"plan": accounts.plan[account], "account_created": self._created[account]}
        entitled = PLANS[accounts.plan[account]]
        if entitled is not None:
            fields["plan_tokens_per_day"] = entitled
        if (client := accounts.client[account]) is not None:
            fields["client"] = client
        for name, keys in (
            ("tls", accounts.tls), ("payment", accounts.payment), ("signup", accounts.signup), ("org_id",
            accounts.org_key)
        ):  # fmt: skip
            if keys[account]:
                fields[name] = hex_key(int(keys[account]))
        return fields


def _request_fields(prompt: Prompt) -> dict[str, Any]:
    """Return the optional fields that every request of a kind has."""
    fields = {
        "tools": prompt.tools or None,
        "max_tokens": prompt.max_tokens,
        "capability": prompt.capability,
        "temperature": prompt.temperature,
        "samples": prompt.samples if prompt.samples > 1 else None,
        "endpoint": prompt.endpoint if prompt.endpoint != "messages" else None,
    }
    return {name: value for name, value in fields.items() if value is not None}
