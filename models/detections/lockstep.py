"""Accounts that act in the same minutes."""

from __future__ import annotations

from typing import ClassVar

from models.detections.case import Case
from models.detections.detection import MIN_MEMBERS, MIN_REFERENCE, Detection, Measurement
from models.detections.minutes import beyond_chance
from models.detections.sample import fires, stays
from models.evidence import Kind
from models.population import Reference
from models.sighting import Owners, picked

MIN_EVENTS = 8
COMPARED = 200  # members, and accounts at large, that are compared with each other at most
# Standard deviation, between benign groups, of the share of minutes in common beyond chance: jobs start at full hours.
SPREAD = 0.08
SILENT_BELOW = 0.1  # most pools hand requests round, and that they do not act at once speaks for nobody


class Lockstep(Detection):
    """Members are active in the same minutes, more often than their activity would have it by chance."""

    id: ClassVar = "SW-L07"
    title: ClassVar = "Lockstep"
    kind: ClassVar = Kind.COORDINATION
    facet: ClassVar = "time"
    sees: ClassVar = "Members are active in the same minutes, more often than their activity would have it by chance."
    source: ClassVar = (
        "Reports of 2026: synchronised traffic. Users acting at one time: SynchroTrap (CCS 2014), CopyCatch (WWW 2013)."
    )
    false_positives: ClassVar = "Scheduled jobs that start at full hours; a class at its lesson."
    cleared_by: ClassVar = "One organisation behind the accounts; times that are those of a timetable."
    runbook: ClassVar = "Count members per minute in api_events; a pool in lockstep is a comb."
    samples: ClassVar = (
        fires("accounts that act in the same minutes", together=1),
        stays("people in minutes of their own"),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Compare the members' common minutes with those by chance and those of accounts at large."""
        members = _active(case.owners)
        outside = reference.derived(self.id, _beyond_chance_at_large)
        if len(members) < MIN_MEMBERS or outside is None:
            return None
        inside = beyond_chance(members)
        if inside < SILENT_BELOW:
            return None
        return Measurement(
            value=inside,
            normal=(max(outside - 1.96 * SPREAD, -1.0), outside + 1.96 * SPREAD),
            z=(inside - max(outside, SILENT_BELOW)) / SPREAD,
            members=len(members),
            words=(
                f"{self.title}: two members have {inside:.0%} of their active minutes in common beyond chance, two"
                f" accounts at large {outside:.0%} (benign groups up to {outside + 1.96 * SPREAD:.0%})"
            ),
        )


def _active(owners: Owners) -> Owners:
    """Return accounts with enough requests, spread over the whole when there are many."""
    active: Owners = picked(owners, owners["events"] >= MIN_EVENTS)
    return active[:: max(1, -(-len(active) // COMPARED))]


def _beyond_chance_at_large(owners: Owners) -> float | None:
    active = _active(owners)
    return beyond_chance(active) if len(active) >= MIN_REFERENCE else None
