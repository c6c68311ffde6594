"""All campaigns of the bus, and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.campaign.campaign import Campaign
from models.campaign.labels import Label
from models.campaign.model import CampaignModel
from models.campaign.update import Update
from models.sighting import decode_batch, picked
from streams.agents.effects import Written
from streams.agents.names import are_too_many, of_those
from streams.agents.standing import Standing


@dataclass(slots=True)
class CampaignState:
    """A deterministic fold over the one partition of evidence, message by message, and over what analysts say.

    Args:
        offset: Of the last message that was applied.
        names: Of accounts and organisations, by hash.
        written: What was last written of each campaign.
        beyond: Versions of rows are above it: what the store had when these campaigns were put back.
        unmatched: Campaigns that the store has with an alert of which these know nothing, none of them written since.
    """

    model: CampaignModel
    offset: int = -1
    names: dict[int, str] = field(default_factory=dict)
    written: dict[str, Written] = field(default_factory=dict)
    beyond: int = 0
    unmatched: set[str] = field(default_factory=set)
    _heard: int = 0
    _forgotten: int = 0

    def apply(self, message: bytes) -> Update:
        """Take in a batch: a part of the population sample, or owners of watched links."""
        batch = decode_batch(message)
        self.names.update(batch.names)
        sightings = batch.sightings()
        sample = sightings["kind"] == 0
        if sample.any():
            self.model.learn_population(picked(sightings, sample)["owner"])
            sightings = picked(sightings, ~sample)
        update = self.model.process(sightings)
        self._forget_names(update)
        return update

    def _forget_names(self, update: Update) -> None:
        """Let go of names of nobody; those of members that were written are needed to take them back."""
        table = self.model.book.table
        if table.forgotten == self._forgotten and not are_too_many(self.names, table.used):
            return
        held = [table.rows[: table.used], *(one.members for one in (*self.model.campaigns.values(), *update.forgotten))]
        held += [one.members for one in self.written.values()]
        self.names, self._forgotten = of_those(self.names, (rows["owner"] for rows in held)), table.forgotten

    def hear(self, labels: Sequence[Label]) -> Update:
        """Learn what is new of all `labels` that were ever said."""
        new, self._heard = labels[self._heard :], len(labels)
        return self.model.learn_labels(new) if new else Update()

    def writes(self, campaign: Campaign) -> bool:
        """Whether what is known here of a campaign is written, rather than left as the store has it.

        Where the store has an alert and these have no evidence for one, somebody saw more of the campaign: a run before
        this one, of which nothing but the store is left. That this one has seen too little so far takes nothing back;
        nor does it where a label of an analyst raises the alert on however little.
        """
        if campaign.id not in self.unmatched or campaign.merged_into is not None:
            return True
        return campaign.first_alert_ts is not None and campaign.opinion.alert

    def go_on_from(self, standing: Standing, *, anew: bool) -> None:
        """Count versions from what the store has; `anew` where these campaigns begin with nothing."""
        self.beyond, self.unmatched = standing.version, set(standing.alerted) if anew else set()

    def settle(self) -> None:
        """Come to rest after a replay; what its messages led to has been written."""
        self.model.study()  # labels were heard before the evidence that they are about
        campaigns = self.model.campaigns.values()
        self.written = {campaign.id: Written(campaign.status, campaign.members) for campaign in campaigns}
