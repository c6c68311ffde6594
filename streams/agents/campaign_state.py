"""All campaigns of the bus, and how far they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from models.campaign.labels import Label
from models.campaign.model import CampaignModel, Update
from models.sighting import decode_batch
from streams.agents.effects import Written


@dataclass(slots=True)
class CampaignState:
    """A deterministic fold over the one partition of evidence, message by message, and over what analysts say.

    Args:
        offset: Of the last message that was applied.
        names: Of accounts and organisations, by hash.
        written: What was last written of each campaign.
    """

    model: CampaignModel
    offset: int = -1
    names: dict[int, str] = field(default_factory=dict)
    written: dict[str, Written] = field(default_factory=dict)
    _heard: int = 0

    def apply(self, message: bytes) -> Update:
        """Take in a batch: a part of the population sample, or owners of watched links."""
        batch = decode_batch(message)
        self.names.update(batch.names)
        sightings = batch.sightings()
        self.model.learn_population(sightings[sightings["kind"] == 0]["owner"])
        return self.model.process(sightings[sightings["kind"] != 0])

    def hear(self, labels: Sequence[Label]) -> Update:
        """Learn what is new of all `labels` that were ever said."""
        new, self._heard = labels[self._heard :], len(labels)
        return self.model.learn_labels(new) if new else Update()

    def replay(self, messages: Iterable[bytes | None], end: int) -> None:
        """Take in the messages before offset `end` once more; what they led to has been written."""
        for message in messages:
            assert message is not None, "evidence is never a tombstone"
            self.apply(message)
        self.offset = end - 1
        campaigns = self.model.campaigns.values()
        self.written = {campaign.id: Written(campaign.status, campaign.members) for campaign in campaigns}
