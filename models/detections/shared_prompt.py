"""A prompt shared by unrelated accounts."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from models.detections.case import Case
from models.detections.detection import Detection, Measurement
from models.detections.sample import fires, stays
from models.evidence import Kind
from models.link.link import dedication
from models.links import LinkKind
from models.population import Reference

# Benign groups that share a template are users of one program: about one in three is as dedicated to it as a
# campaign. So dedication alone is worth a z of about 2 at most, and the number of accounts adds nothing to
# it.
TYPICAL, SPREAD = 0.4, 0.2


class SharedPrompt(Detection):
    """Unrelated accounts spend their conversations on one prompt template."""

    id: ClassVar = "SW-C01"
    title: ClassVar = "Shared prompt template"
    kind: ClassVar = Kind.CONTENT
    sees: ClassVar = "Unrelated accounts spend their conversations on one prompt template."
    source: ClassVar = (
        "Reports of 2026: a fixed prompt injected into each request merged thousands of accounts into one campaign."
    )
    false_positives: ClassVar = "Users of one program or of a public prompt."
    cleared_by: ClassVar = "Other work of the same accounts; a template that is old and widely used."
    runbook: ClassVar = "List the owners of the template in link_windows and what else they ask."
    samples: ClassVar = (
        fires("accounts that do nothing else", dedication=0.95),
        stays("users of a public prompt", dedication=0.4),
        stays("a pool's registrations, which are no prompt", dedication=0.95, kinds=(LinkKind.SIGNUP,)),
    )

    def measure(self, case: Case, reference: Reference) -> Measurement | None:
        """Compare the members' mean dedication with that of benign groups which share a template."""
        del reference
        if LinkKind.TEMPLATE not in case.kinds:
            return None
        share = float(np.mean(dedication(case.members)))
        return Measurement(
            value=share,
            normal=(0.0, min(TYPICAL + 1.96 * SPREAD, 1.0)),
            z=(share - TYPICAL) / SPREAD,
            members=len(case.members),
            words=(
                f"{self.title}: {len(case.members)} unrelated accounts have {share:.0%} of their conversations"
                " on one template"
            ),
        )
