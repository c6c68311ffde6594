"""What the user decides: the false-alarm budget, and how small a campaign may be.

Every number that changes a verdict is here, with its meaning; the models take a `Policy` and nothing else.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Budget = Annotated[float, msgspec.Meta(gt=0.0)]
Accounts = Annotated[int, msgspec.Meta(ge=2)]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Detection settings.

    Attributes:
        false_alarms_per_month: Expected number of false campaign alerts per 30 days. Every threshold follows
            from it.
        min_accounts: Unrelated accounts (of different organisations) that a campaign has at least.
        min_dedication: Share of an account's conversations that must be on the campaign's links for it to be a
            member.
        min_kind_evidence: Evidence (a betting wealth) that each of two kinds must reach, whatever the others say. 2 is
            what a p-value of 0.04 is worth; the budget is kept by the product of all kinds, not by this.
        max_owners: Owners of a link beyond which a link is public and carries no weight.
        population_sample: Accounts kept as the reference for what is normal.
    """

    false_alarms_per_month: Budget = 1.0
    min_accounts: Accounts = 12
    min_dedication: Share = 0.2
    min_kind_evidence: Annotated[float, msgspec.Meta(ge=1.0)] = 2.0
    max_owners: Accounts = 50_000
    population_sample: Annotated[int, msgspec.Meta(ge=64)] = 4096
