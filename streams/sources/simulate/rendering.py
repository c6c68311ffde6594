"""Turns rows into API events: text, tokens, models, networks, reasoning blocks."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.sketch import Message
from streams.sources.simulate.classifier import signals_of
from streams.sources.simulate.conversations import Rows
from streams.sources.simulate.dialogues import Dialogue, Dialogues
from streams.sources.simulate.identities import PLANS, Accounts
from streams.sources.simulate.keys import hex_key
from streams.sources.simulate.networks import Networks
from streams.sources.simulate.prompts import Author
from streams.sources.simulate.scenario import Population, Prompt
from streams.sources.simulate.whereabouts import Whereabouts

_MIX = 6_364_136_223_846_793_005  # an odd constant of good mixing (Knuth's MMIX generator): serials must not show

Moves = list[tuple[str, NDArray[np.int64]]]


class Draft(NamedTuple):
    """An event without its sketch, the messages that the sketch is made of, and what a classifier said of them."""

    ts: int
    event: dict[str, Any]
    messages: list[Message]
    signals: list[str]


class Renderer:
    """Renders the rows of one population; holds the text of its open conversations.

    Args:
        population, accounts, networks: What the scenario made.
        created: Creation of each account, epoch milliseconds, shape (n,).
        moves: Released models in order of release, each with the time at which each account moves to it.
        author: Writes the text.
        seed: Of the scenario.

    Attributes:
        sent: How many events each account has sent.
    """

    def __init__(
        self,
        population: Population,
        accounts: Accounts,
        networks: Networks,
        created: NDArray[np.int64],
        moves: Moves,
        author: Author,
        seed: int,
    ) -> None:
        n = len(accounts)
        behaviour = population.behaviour
        self._population = population
        self._accounts = accounts
        self._networks = networks
        self._created = created.tolist()
        self._moves: list[tuple[str, list[int]]] = [(model, moved.tolist()) for model, moved in moves]
        self._rng = np.random.default_rng([seed, 31, *population.name.encode()])
        self._random = Random(f"{seed}/{population.name}/render")
        self._salt = self._random.getrandbits(63)
        self._dialogues = Dialogues(population, author, self._random)
        self._whereabouts = Whereabouts(population.identity, accounts, networks, self._salt)
        self._has_session = (self._rng.random(n) < behaviour.sessions).tolist()
        models, shares = list(behaviour.models), np.array(list(behaviour.models.values()))
        self._model = [models[i] for i in self._rng.choice(len(models), size=n, p=shares / shares.sum()).tolist()]
        self._asked = [_request_fields(prompt) for prompt in population.prompts]
        self._static = [_account_fields(accounts, account, self._created[account]) for account in range(n)]
        self._bare = accounts.bare.tolist()
        self._medians = np.array([prompt.output_tokens for prompt in population.prompts])
        self._spreads = np.array([prompt.output_spread for prompt in population.prompts])
        self._verbosity = self._rng.lognormal(0.0, behaviour.verbosity, n)
        self.sent = [0] * n

    @property
    def open_conversations(self) -> int:
        """Conversations of which turns are still to come."""
        return len(self._dialogues)

    def drafts(self, rows: Rows) -> list[Draft]:
        """Return the events of `rows`, in their order."""
        noise = self._rng.standard_normal(len(rows))
        medians = self._medians[rows["kind"]] * self._verbosity[rows["owner"]]
        outputs = medians * np.exp(self._spreads[rows["kind"]] * noise) + 1
        render = self._draft
        return [render(row, output) for row, output in zip(rows.tolist(), outputs.astype(int).tolist(), strict=True)]

    def _draft(self, row: tuple[int, ...], output: int) -> Draft:
        ts, serial, account, owner, turn, turns, kind, status = row  # as `ROW` has them
        dialogue = self._dialogues.at(serial, owner, turn, kind)
        event: dict[str, Any] = {
            "event_id": f"{self._random.getrandbits(64):016x}",
            "ts": ts,
            "account_id": self._accounts.ids[account],
            "model": self._model_at(account, ts),
            "input_tokens": dialogue.input_tokens,
        }
        bare = self._bare[account]
        if not bare:
            event |= self._static[account]
            event |= self._asked[kind]
            self._situate(event, account, serial, turn)
        if status >= 400:
            event["output_tokens"] = 0
            event["status"] = status
        else:
            self._answer(event, self._population.prompts[kind], dialogue, output, bare=bare)
            if turn >= turns:
                self._dialogues.close(serial)
        self.sent[account] += 1
        signals = [] if bare else signals_of(self._population.prompts[kind], self._random)
        return Draft(ts, event, dialogue.messages, signals)

    def _answer(self, event: dict[str, Any], prompt: Prompt, dialogue: Dialogue, output: int, *, bare: bool) -> None:
        """Set what depends on the answer."""
        draw = self._random.random
        refused = draw() < prompt.refused
        event["output_tokens"] = output = min(output // 6 + 20, 120) if refused else output
        cached = dialogue.last_input
        dialogue.last_input = event["input_tokens"]
        presented = self._dialogues.presented(dialogue)
        returned = None if refused else self._dialogues.returned(dialogue, prompt.reasoning)
        if bare:
            return
        if refused:
            event["refused"] = True
        if cached and draw() < self._population.behaviour.cached:
            event["cached_tokens"] = min(cached, dialogue.last_input)
        if presented:
            event["reasoning_in"] = presented
        if returned:
            event["reasoning_out"] = returned
            event["reasoning_tokens"] = int(output * (0.3 + draw()))
        cut = prompt.max_tokens is not None and output >= prompt.max_tokens
        event["stop_reason"] = "max_tokens" if cut else "tool_use" if prompt.tools and draw() < 0.6 else "end_turn"
        event["latency_ms"] = int(250 + output * 11 * (0.6 + draw()))

    def _situate(self, event: dict[str, Any], account: int, serial: int, turn: int) -> None:
        """Set what depends on the conversation and the moment."""
        identity, networks = self._population.identity, self._networks
        network = self._whereabouts.network(account, serial, self.sent[account])
        event["ip"] = networks.keys[network]
        event["asn"] = networks.asn[network]
        event["ip_type"] = networks.ip_type[network]
        if turn > 1:
            event["turn"] = turn
        if self._has_session[account]:
            event["session_id"] = hex_key((serial * _MIX + self._salt + account) % 2**64)
        if identity.keys > 1:
            event["key_id"] = hex_key(
                (self._created[account] + int(self._random.random() * identity.keys)) * _MIX % 2**64
            )
        if identity.end_users:
            user = int(self._random.random() ** 2 * identity.end_users)
            event["end_user_id"] = hex_key((self._created[account] * 31 + user) * _MIX % 2**64)

    def _model_at(self, account: int, ts: int) -> str:
        model: str = self._model[account]
        for name, moved in self._moves:
            if ts >= moved[account]:
                model = name
        return model


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


def _account_fields(accounts: Accounts, account: int, created: int) -> dict[str, Any]:
    """Return the optional fields that never change for an account."""
    fields: dict[str, Any] = {"plan": accounts.plan[account], "account_created": created}
    entitled = PLANS[accounts.plan[account]]
    if entitled is not None:
        fields["plan_tokens_per_day"] = entitled
    if (client := accounts.client[account]) is not None:
        fields["client"] = client
    keys = {"tls": accounts.tls, "payment": accounts.payment, "signup": accounts.signup, "org_id": accounts.org_key}
    return fields | {name: hex_key(int(column[account])) for name, column in keys.items() if column[account]}
