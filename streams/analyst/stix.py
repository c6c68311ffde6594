"""Indicators for other providers as a STIX 2.1 bundle: what a pool shared, and nothing about anybody.

What leaves: for each key that at least `LEAST_ACCOUNTS` members share, and that mostly members use, an indicator with
a confidence and an expiry; the campaign by a name that says nothing outside; times to the hour, sizes in round
figures. Accounts, organisations, prompts and content vectors never leave. The keys are keyed hashes already, so they
can be matched by providers that use the same sketch key, and by nobody else; `key_id` says which one without saying
what it is.

https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html is the specification, which the library `stix2` enforces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid5

from clickhouse_connect.driver.client import Client

from streams.analyst import figures
from streams.analyst.figures import ask

LEAST_ACCOUNTS = 5
# Of all accounts that use a key, the share that must be members: what others use as well indicates them, too.
LEAST_PURITY = 0.8
# STIX 2.1, appendix A: what is below is of low confidence, and receivers would take action on it.
LEAST_CONFIDENCE = 0.3
OBJECT = "x-stillwatch-link"
_NAMESPACE = UUID("6e1e2f0a-5d6b-5b7a-9a5e-3f1a6f0d7c11")
_PATTERN = re.compile(
    rf"\[{OBJECT}:kind = '([a-z]{{1,16}})' AND {OBJECT}:value = '([0-9A-Za-z_.:+/=-]{{1,64}})'"
    rf"(?: AND {OBJECT}:key_id = '([0-9a-f]{{16}})')?\]"
)

_SHARED = """WITH members AS (SELECT account_id FROM v_members WHERE campaign_id = {campaign:String})
SELECT key.1 AS kind, key.2 AS value, uniqExactIf(account_id, member) AS inside, uniqExact(account_id) AS everyone
FROM (
    SELECT
        account_id,
        account_id IN (SELECT account_id FROM members) AS member,
        arrayJoin(arrayConcat(
            arrayMap(one -> ('template', toString(one)), templates),
            [('payment', payment), ('signup', signup), ('ip', ip), ('tls', tls)]
        )) AS key
    FROM api_events FINAL
)
WHERE value != ''
GROUP BY key
HAVING inside >= {least:UInt32}
ORDER BY inside DESC, kind, value"""


class NotSharedError(RuntimeError):
    """There is nothing about the campaign that may be shared."""


class StixMissingError(RuntimeError):
    """The library for STIX is not installed."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a bundle is made.

    Attributes:
        producer: Name of the provider, for the receiver.
        now: When it is made.
        days: For how long the indicators hold.
        key_id: Of the sketch key (`key_id`); None where it is not known.
    """

    producer: str
    now: datetime
    days: int = 90
    key_id: str | None = None


def key_id(key: bytes) -> str:
    """Return a name for a sketch key from which the key cannot be told.

    >>> key_id(b"0123456789abcdef") == key_id(b"0123456789abcdef") != key_id(b"0123456789abcdeg")
    True
    """
    return blake2b(key=blake2b(key).digest(), digest_size=8, person=b"stix key id").hexdigest()


def pattern_of(kind: str, value: str, key: str | None) -> str:
    """Return the STIX pattern of a key."""
    made_with = f" AND {OBJECT}:key_id = '{key}'" if key else ""
    return f"[{OBJECT}:kind = '{kind}' AND {OBJECT}:value = '{value}'{made_with}]"


def read_pattern(pattern: str) -> tuple[str, str, str | None] | None:
    """Return kind, value and key id of a pattern as `pattern_of` makes it; None for any other.

    >>> read_pattern(pattern_of("template", "00ff", None))
    ('template', '00ff', None)
    >>> read_pattern("[ipv4-addr:value = '198.51.100.1']") is None
    True
    """
    found = _PATTERN.fullmatch(pattern)
    return (found[1], found[2], found[3]) if found else None


def bundle_of(client: Client, campaign: str, how: Sharing) -> str:
    """Return the bundle for a campaign, as JSON.

    Raises:
        NotSharedError: The campaign has not alerted, was cleared, is not sure enough, or shares nothing that may leave.
        StixMissingError: `stix2` is not installed.
    """
    stix2 = load_stix2()
    how = replace(how, now=how.now.replace(microsecond=how.now.microsecond // 1000 * 1000))
    facts = _facts(client, campaign)
    keys = list(_keys(client, campaign))
    if not keys:
        raise NotSharedError(
            f"campaign {campaign!r} shares nothing that may leave: no key has {LEAST_ACCOUNTS} members or more that are"
            f" {LEAST_PURITY:.0%} of all who use it"
        )
    identity = stix2.Identity(
        id=f"identity--{uuid5(_NAMESPACE, how.producer)}", created=how.now, modified=how.now,
        name=how.producer, identity_class="organization",
    )  # fmt: skip
    shared: dict[str, Any] = {
        "created": how.now,
        "modified": how.now,
        "created_by_ref": identity.id,
        "object_marking_refs": [stix2.TLP_AMBER.id],
    }
    name = str(uuid5(_NAMESPACE, f"{how.producer}/{campaign}"))
    operation = stix2.Campaign(
        id=f"campaign--{name}",
        name=f"distillation-{name[:8]}",
        description=_description(facts),
        objective="Harvesting a model's answers at scale, as training data for another model",
        first_seen=_hour(facts["first_ts"]),
        last_seen=_hour(facts["last_ts"]) + timedelta(hours=1),
        confidence=_percent(facts["confidence"]),
        **shared,
    )
    objects: list[Any] = [identity, stix2.TLP_AMBER, operation]
    for kind, value, inside, everyone in keys:
        which = uuid5(_NAMESPACE, f"{name}/{kind}/{value}")
        indicator = stix2.Indicator(
            id=f"indicator--{which}",
            name=f"{kind} shared by a pool of accounts",
            indicator_types=["malicious-activity"],
            pattern=pattern_of(kind, value, how.key_id),
            pattern_type="stix",
            valid_from=how.now,
            valid_until=how.now + timedelta(days=how.days),
            confidence=_percent(facts["confidence"] * inside / everyone),
            **shared,
        )
        relation = stix2.Relationship(
            indicator, "indicates", operation, id=f"relationship--{uuid5(_NAMESPACE, str(which))}", **shared
        )
        objects += [indicator, relation]
    bundle = stix2.Bundle(*objects, id=f"bundle--{uuid5(_NAMESPACE, f'{name}/{how.now.isoformat()}')}")
    return str(bundle.serialize(pretty=True)) + "\n"


def _facts(client: Client, campaign: str) -> dict[str, Any]:
    found = ask(client, figures.SUMMARY, campaign=campaign).dicts()
    if not found:
        raise NotSharedError(f"there is no campaign {campaign!r} in the store: look for its id in v_campaigns")
    [facts] = found
    if facts["status"] != "alert":
        raise NotSharedError(f"campaign {campaign!r} is on {facts['status']}: only what alerted is shared")
    if facts["accounts"] < LEAST_ACCOUNTS:
        raise NotSharedError(f"campaign {campaign!r} has {facts['accounts']} members: fewer than {LEAST_ACCOUNTS}")
    if facts["confidence"] < LEAST_CONFIDENCE:
        raise NotSharedError(
            f"campaign {campaign!r} has a confidence of {facts['confidence']}, below {LEAST_CONFIDENCE}: too little is"
            " known to accuse its accounts elsewhere. Look at v_why; a label with verdict 'distillation' confirms it"
        )
    return facts


def _keys(client: Client, campaign: str) -> Iterator[tuple[str, str, int, int]]:
    for kind, value, inside, everyone in ask(client, _SHARED, campaign=campaign, least=LEAST_ACCOUNTS).rows:
        if inside >= LEAST_PURITY * everyone and read_pattern(pattern_of(kind, value, None)):
            yield kind, value, inside, everyone


def _description(facts: dict[str, Any]) -> str:
    return f"About {_round(facts['accounts'])} accounts acting as one, about {_round(facts['events'])} exchanges."


def _round(number: int) -> str:
    """Return a number to one digit, so that it identifies nothing.

    >>> _round(5380), _round(12)
    ('5,000', '10')
    """
    digits = len(str(number)) - 1
    return f"{round(number, -digits):,}"


def _percent(share: float) -> int:
    """Return a share as STIX's confidence, at most 95: by that scale, more is for what was confirmed by others."""
    return round(100 * min(max(share, 0.0), 0.95))


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0, tzinfo=UTC)


def load_stix2() -> Any:  # noqa: ANN401 - a module
    """Return the library.

    Raises:
        StixMissingError: It is not installed.
    """
    try:
        import stix2  # an extra, and it takes half a second
    except ImportError:
        raise StixMissingError("STIX needs the library stix2: install stillwatch[share]") from None
    return stix2
