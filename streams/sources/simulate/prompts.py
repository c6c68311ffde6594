"""Writes what accounts ask: frames and bodies from grammars or corpora, and the turns that follow."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from models.sketch import Message
from streams.sources.simulate.corpora import Corpora
from streams.sources.simulate.grammar import Expansion, Grammar, Part, Pools, again
from streams.sources.simulate.hands import typed
from streams.sources.simulate.languages import spoken
from streams.sources.simulate.scenario import CORPUS, Prompt

PUBLIC_FRAMES = 400  # texts of one rule that circulate in public; the first ones are the most popular
_REMEMBERED = 50_000  # frames and repertoires kept; the others are written again, the same, when needed

_REPLIES = 64  # answers in stock of each kind

Frame = list[tuple[Part, str]]


class Author:
    """Writes the prompts of one population.

    Every text depends only on the seed and on whose text it is, so that a frame that was forgotten comes back the same.

    Args:
        name: Of the population; frames with scope `population` belong to it.
        prompts: The population's kinds of request.
        orgs: Organisation of each account.
        seed: Of the scenario.
        grammar, corpora: Where text comes from.
    """

    def __init__(
        self,
        name: str,
        prompts: Sequence[Prompt],
        orgs: Sequence[int],
        seed: int,
        grammar: Grammar,
        corpora: Corpora,
    ) -> None:
        self._name = name
        self._prompts = prompts
        self._orgs = orgs
        self._seed = seed
        self._grammar = grammar
        self._corpora = corpora
        self._random = Random(f"{seed}/{name}")
        self._pools: Pools = {}
        self._expansion = Expansion(self._random, grammar.topics[0], self._pools)
        self._frames: dict[tuple[object, ...], Frame] = {}
        self._repertoires: dict[tuple[int, int], list[str]] = {}
        self._replies: dict[str, list[str]] = {}
        self._last: dict[int, list[Message]] = {}
        self._used = [0] * len(prompts)

    def opening(self, account: int, kind: int) -> list[Message]:
        """Return the messages that open a conversation of `account`, of its `kind`-th prompt."""
        prompt = self._prompts[kind]
        if prompt.repeat and account in self._last and self._random.random() < prompt.repeat:
            return list(self._last[account])
        self._expansion.topic = self._topic(account, prompt)
        body = self._body(account, kind, prompt)
        frame = self._frame_text(account, kind, prompt)
        messages = _placed(frame, body, prompt.place)
        if prompt.repeat:
            self._remember(account, messages)
        return messages

    def turn(self, account: int, kind: int) -> list[Message]:
        """Return the assistant's last reply and the user's next turn."""
        prompt = self._prompts[kind]
        self._expansion.topic = self._topic(account, prompt)
        user = self._expand(prompt.follow, account)
        return [
            Message("assistant", self._reply(prompt.reply, account)),
            Message("user", typed(user, account, self._random) if prompt.human else user),
        ]

    def _topic(self, account: int, prompt: Prompt) -> str:
        """Return what the account is at: everyone has three interests, the first twice as often; a queue has all."""
        topics = self._grammar.topics
        if prompt.interests == "queue":
            return topics[int(self._random.random() * len(topics))]
        interest = (0, 0, 1, 2)[int(self._random.random() * 4)]
        return topics[(account * 2_654_435_761 + interest * (account % 97) * 7 + interest) % 2**32 % len(topics)]

    def _body(self, account: int, kind: int, prompt: Prompt) -> str:
        if prompt.repertoire:
            listed = self._repertoire(account, kind, prompt)
            self._used[kind] += 1
            body = listed[int(self._random.random() * len(listed))]
        else:
            body = self._fresh(account, kind, prompt, self._expansion)
        return typed(body, account, self._random) if prompt.human and not prompt.repertoire else body

    def _expand(self, rule: str, account: int, expansion: Expansion | None = None) -> str:
        """Return an expansion of `rule`, in the account's own language where the rule leaves it open."""
        return self._grammar.expand(spoken(rule, account), expansion or self._expansion)

    def _reply(self, rule: str, account: int) -> str:
        """Return what the assistant said: from a small stock, since a sketch does not look at it."""
        stock = self._replies.setdefault(spoken(rule, account), [])
        if len(stock) < _REPLIES:
            stock.append(self._expand(rule, account))
        return stock[int(self._random.random() * len(stock))]

    def _fresh(self, account: int, kind: int, prompt: Prompt, expansion: Expansion) -> str:
        if prompt.body.startswith(CORPUS):
            self._used[kind] += 1
            return self._corpora.prompt(prompt.body.removeprefix(CORPUS), self._used[kind] - 1)
        return self._expand(prompt.body, account, expansion)

    def _repertoire(self, account: int, kind: int, prompt: Prompt) -> list[str]:
        owner = {"account": account, "org": self._orgs[account], "population": -1}[prompt.repertoire_scope]
        listed = self._repertoires.get((kind, owner))
        if listed is None:
            expansion = self._apart(f"{self._name}/{kind}/{owner}/repertoire")
            listed = [self._fresh(account, kind, prompt, expansion) for _ in range(prompt.repertoire)]
            if len(self._repertoires) > _REMEMBERED // 10:
                self._repertoires.clear()
            self._repertoires[kind, owner] = listed
        return listed

    def _apart(self, whose: str) -> Expansion:
        """Return an expansion that depends on nothing but the seed and `whose` text it is."""
        random = Random(f"{self._seed}/{whose}")
        return Expansion(random, random.choice(self._grammar.topics), {})

    def _frame_text(self, account: int, kind: int, prompt: Prompt) -> str | None:
        if prompt.frame is None:
            return None
        if prompt.frame_scope == "request":
            return self._grammar.expand(prompt.frame, self._expansion)
        frame = self._frame(account, kind, prompt, prompt.frame)
        if not prompt.vary:
            return "".join([text for _, text in frame])
        draw = self._random.random
        return "".join([again(part, self._expansion) if draw() < prompt.vary else text for part, text in frame])

    def _frame(self, account: int, kind: int, prompt: Prompt, rule: str) -> Frame:
        """Return the frame that this account uses, written from a seed that only its sharers have."""
        key: tuple[object, ...] = (rule, *self._owner(account, kind, prompt), self._version(account, prompt))
        frame = self._frames.get(key)
        if frame is None:
            frame = self._grammar.parts(rule, self._apart(str(key)))
            if len(self._frames) > _REMEMBERED:
                self._frames.clear()
            self._frames[key] = frame
        return frame

    def _owner(self, account: int, kind: int, prompt: Prompt) -> tuple[object, ...]:
        """Return what names the sharers of a frame."""
        match prompt.frame_scope:
            case "account":
                return (self._name, kind, "account", account)
            case "org":
                return (self._name, kind, "org", self._orgs[account])
            case "public":
                return ("public",)
            case _:
                return ("id", prompt.frame_id) if prompt.frame_id else (self._name, kind)

    def _version(self, account: int, prompt: Prompt) -> int:
        versions = PUBLIC_FRAMES if prompt.frame_scope == "public" else prompt.frame_versions
        if versions == 1:
            return 0
        if not prompt.frame_settled:
            return int(self._random.random() * versions)
        # An account settles on one or two texts; the cube makes the first ones the most common.
        settled = ((account * 40_503 + int(self._random.random() * 2) * 7_919) % 65_536) / 65_536
        return int(settled**3 * versions)

    def _remember(self, account: int, messages: list[Message]) -> None:
        if len(self._last) > _REMEMBERED:
            self._last.clear()
        self._last[account] = messages


def _placed(frame: str | None, body: str, place: str) -> list[Message]:
    if frame is None:
        return [Message("user", body)]
    if place == "system":
        return [Message("system", frame), Message("user", body)]
    if place == "tail":
        return [Message("user", f"{body}\n\n{frame}")]
    if place == "around":
        head, _, tail = frame.partition("\n\n")
        return [Message("user", f"{head}\n\n{body}\n\n{tail}")]
    return [Message("user", f"{frame}\n\n{body}")]
