"""Members of campaigns of the store follow labels of accounts, whoever found the campaign.

A worker takes an account that was cleared out of the campaigns that it holds. Of the others the store alone knows: here
their rows in `campaign_members` and `campaigns` are written anew, so that whatever reads `active` says the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from models.campaign.labels import CLEARING
from streams.sources.reconnecting import Reconnecting

# Who was taken out for another reason than a label does not come back when a label is withdrawn.
_ROWS = """
SELECT m.campaign_id, m.account_id, m.active, (m.campaign_id, m.account_id) IN (
    SELECT campaign_id, entity_id FROM stillwatch.label_effects
    WHERE entity_type = 'account' AND verdict IN ('benign', 'permitted') AND members_after < members_before
)
FROM (
    SELECT campaign_id, account_id, active FROM stillwatch.campaign_members FINAL
    PREWHERE account_id IN {accounts:Array(String)}
) AS m
"""
_SIZES = """
SELECT c.campaign_id, toString(c.status), c.accounts, m.members
FROM (SELECT * FROM stillwatch.campaigns FINAL WHERE campaign_id IN {ids:Array(String)} AND merged_into IS NULL) AS c
INNER JOIN (
    SELECT campaign_id, countIf(active = 1) AS members
    FROM stillwatch.campaign_members FINAL WHERE campaign_id IN {ids:Array(String)} GROUP BY campaign_id
) AS m ON m.campaign_id = c.campaign_id
"""
_TURN = """
INSERT INTO stillwatch.campaign_members
SELECT * REPLACE ({active:UInt8} AS active, version + 1 AS version, now() AS written_at)
FROM stillwatch.campaign_members FINAL
PREWHERE account_id IN {accounts:Array(String)}
WHERE (campaign_id, account_id) IN (
    SELECT pair.1, pair.2 FROM (SELECT arrayJoin(arrayZip({ids:Array(String)}, {accounts:Array(String)})) AS pair)
)
"""
_RESIZE = """
INSERT INTO stillwatch.campaigns
SELECT * REPLACE (
    transform(campaign_id, {ids:Array(String)}, {sizes:Array(UInt32)}, accounts) AS accounts,
    version + 1 AS version,
    now() AS written_at
)
FROM stillwatch.campaigns FINAL
WHERE campaign_id IN {ids:Array(String)}
"""

Pair = tuple[str, str]  # campaign, account


@dataclass(frozen=True, slots=True)
class Turned:
    """A campaign of the store that an account left or came back to.

    Attributes:
        account: Whose label did it.
        status: Of the campaign, which that does not change.
        before, after: Its members, before and after all labels that were taken in together.
    """

    campaign: str
    account: str
    status: str
    before: int
    after: int


class StoredMembers:
    """Changes the tables `campaign_members` and `campaigns`; one thread at a time.

    Args:
        store: Where they are.
    """

    def __init__(self, store: Reconnecting) -> None:
        self._store = store

    def follow(self, verdicts: Mapping[str, str | None], held: Callable[[str], bool]) -> list[Turned]:
        """Take out the accounts that were cleared, and let back in those that are cleared no longer.

        Members are written before the size of their campaign, which is counted: a crash between the two is mended when
        the label is taken in again. No version of a row grows by more than one.

        Args:
            verdicts: In force, by account; None: a label was taken back.
            held: Whether the worker holds a campaign, whose rows it writes itself.

        Raises:
            StoreError: ClickHouse is not reached.
            clickhouse_connect.driver.exceptions.ClickHouseError: It refuses.
        """
        with self._store.client() as client:
            rows = client.query(_ROWS, parameters={"accounts": list(verdicts)}).result_rows
            rows = [row for row in rows if not held(row[0])]
            out = [(row[0], row[1]) for row in rows if row[2] and verdicts[row[1]] in CLEARING]
            back = [(row[0], row[1]) for row in rows if not row[2] and row[3] and verdicts[row[1]] not in CLEARING]
            touched = {row[0] for row in rows}
            if not touched:
                return []
            sizes = client.query(_SIZES, parameters={"ids": list(touched)}).result_rows
            gone = Counter(name for name, _ in out)
            gone.subtract(name for name, _ in back)
            after = {name: members - gone[name] for name, _, _, members in sizes}
            there = {name: (status, members) for name, status, _, members in sizes}
            _turn(client, _of(there, out), active=0)
            _turn(client, _of(there, back), active=1)
            _resize(client, {name: after[name] for name, _, accounts, _ in sizes if accounts != after[name]})
        turned = _of(there, [*out, *back])
        return [Turned(name, account, *there[name], after[name]) for name, account in turned]


def _of(campaigns: Collection[str], pairs: Iterable[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair[0] in campaigns]


def _turn(client: Client, pairs: list[Pair], *, active: int) -> None:
    if pairs:
        ids, accounts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        client.command(_TURN, parameters={"active": active, "ids": ids, "accounts": accounts})


def _resize(client: Client, sizes: Mapping[str, int]) -> None:
    if sizes:
        client.command(_RESIZE, parameters={"ids": list(sizes), "sizes": list(sizes.values())})
