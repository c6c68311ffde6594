"""What the user decides: the false-alarm budget, and how small a campaign may be.

Every number that changes a verdict is here, with its meaning; the models take a `Policy` and nothing else.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Budget = Annotated[float, msgspec.Meta(gt=0.0)]
Accounts = Annotated[int, msgspec.Meta(ge=2)]
Owners = Annotated[int, msgspec.Meta(ge=10_000, le=1_000_000_000)]


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
        link_owners_in_memory: Owners of links that one partition of links keeps in memory, at 0.33 KB each and as much
            again where each is an account of its own. Beyond, a quarter is forgotten: links that are not watched, the
            stalest first, those of many owners later than those of few; watched links stay. A link that comes back
            begins anew, so the bound is high: it is for floods of invented keys. 4,000,000 rows just fit into the
            1.3 GB that their arrays take at 2^22.
        campaign_owners_in_memory: Owners of watched links that the campaigns keep in memory, at 0.33 KB each and as
            much again for which groups they are in. Beyond, a quarter is forgotten: groups of accounts that show
            nothing, those that were not seen for longest; never what alerted, was cleared or has a label. As high as
            the other bound, for the same reason.
        population_sample: Accounts kept as the reference for what is normal.
    """

    false_alarms_per_month: Budget = 1.0
    min_accounts: Accounts = 12
    min_dedication: Share = 0.2
    min_kind_evidence: Annotated[float, msgspec.Meta(ge=1.0)] = 2.0
    max_owners: Accounts = 50_000
    link_owners_in_memory: Owners = 4_000_000
    campaign_owners_in_memory: Owners = 4_000_000
    population_sample: Annotated[int, msgspec.Meta(ge=64)] = 4096
