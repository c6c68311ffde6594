"""The text of open conversations: what a request carries grows from turn to turn, as do its tokens and reasoning."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random

from models.sketch import Message
from streams.sources.simulate.prompts import Author
from streams.sources.simulate.scenario import Population

CHARACTERS_PER_TOKEN = 4.2
_KEPT_MESSAGES = 6  # behind the opening of a long conversation: harnesses compact what lies between
_RECENT_BLOCKS = 256
_PRESENTED_BLOCKS = 6
_GROWTH = 0.1  # share of the context that each turn adds: another file, another search result


@dataclass(slots=True)
class Dialogue:
    """One open conversation.

    Attributes:
        messages: What the next request carries.
        context: Input tokens that are not in the text at hand.
        turn: The turn that `messages` ends with.
        last_input: Input tokens of the request before, which a cache may hold; 0 before the first.
        blocks: Hashes of the reasoning blocks returned so far.
    """

    messages: list[Message]
    context: float
    turn: int = 1
    characters: int = 0
    last_input: int = 0
    blocks: list[str] = field(default_factory=list)

    @property
    def input_tokens(self) -> int:
        """Input tokens of a request with these messages."""
        return int(self.context + self.characters / CHARACTERS_PER_TOKEN) + 1

    def add(self, messages: list[Message], growth: float) -> None:
        """Add the last answer and the next turn; what is far back is dropped from the text, not from the tokens."""
        self.turn += 1
        self.context += growth
        self.characters += sum([len(one.text) for one in messages])
        kept = self.messages + messages
        head = 2 if kept[0].role == "system" else 1
        self.messages = kept[:head] + kept[-_KEPT_MESSAGES:] if len(kept) > head + _KEPT_MESSAGES else kept


class Dialogues:
    """The open conversations of one population, by serial number.

    Args:
        population: What the scenario says.
        author: Writes the text.
        random: For contexts and leaked reasoning.
    """

    def __init__(self, population: Population, author: Author, random: Random) -> None:
        self._prompts = population.prompts
        self._behaviour = population.behaviour
        self._author = author
        self._random = random
        self._open: dict[int, Dialogue] = {}
        self._recent: deque[str] = deque(maxlen=_RECENT_BLOCKS)

    def __len__(self) -> int:
        return len(self._open)

    def at(self, serial: int, owner: int, turn: int, kind: int) -> Dialogue:
        """Return conversation `serial`, which `owner` writes, as it stands when `turn` is sent."""
        dialogue = self._open.get(serial)
        if dialogue is None:
            dialogue = self._open[serial] = self._opened(owner, kind)
        while dialogue.turn < turn:
            dialogue.add(self._author.turn(owner, kind), self._prompts[kind].context_tokens * _GROWTH)
        return dialogue

    def close(self, serial: int) -> None:
        """Forget a conversation whose last turn was sent."""
        self._open.pop(serial, None)

    def presented(self, dialogue: Dialogue) -> list[str]:
        """Return the reasoning blocks that the next request presents, if any."""
        if dialogue.blocks and self._random.random() < self._behaviour.reasoning_back:
            return dialogue.blocks[-_PRESENTED_BLOCKS:]
        return []

    def returned(self, dialogue: Dialogue, chance: float) -> str | None:
        """Return the hash of the reasoning block that the answer carries, if it does."""
        if not chance or self._random.random() >= chance:
            return None
        block = f"{self._random.getrandbits(64):016x}"
        dialogue.blocks.append(block)
        self._recent.append(block)
        return block

    def _opened(self, owner: int, kind: int) -> Dialogue:
        context = self._prompts[kind].context_tokens
        dialogue = Dialogue(
            self._author.opening(owner, kind), context * self._random.lognormvariate(0.0, 1.0) if context else 0.0
        )
        dialogue.characters = sum([len(one.text) for one in dialogue.messages])
        leak = self._behaviour.leak
        if leak and self._recent and self._random.random() < leak:
            dialogue.blocks.append(self._random.choice(self._recent))
        return dialogue
