"""Who the accounts are: networks, clients, payments, registrations, as columns over the accounts of one population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from streams.sources.simulate.keys import Keys, random_keys
from streams.sources.simulate.networks import KINDS, Networks
from streams.sources.simulate.scenario import Identity

Ints = NDArray[np.int64]

# A plan and the output tokens a day that it is meant for; None = pay as you go, without an entitlement.
PLANS: dict[str, int | None] = {
    "free": 20_000,
    "pro": 400_000,
    "max": 2_000_000,
    "team": 1_000_000,
    "api": None,
    "enterprise": 20_000_000,
}

# Client -> its versions, most common first, and the family of TLS stacks behind it.
CLIENTS: dict[str, tuple[tuple[str, ...], str]] = {
    "web": (("web",), "browser"),
    "desktop": (("desktop/1.9", "desktop/1.8"), "browser"),
    "mobile-app": (("ios/4.2", "android/4.2", "ios/4.1", "android/4.0"), "mobile"),
    "python": (("sdk-python/1.44", "sdk-python/1.43", "sdk-python/1.39", "sdk-python/1.31"), "python"),
    "node": (("sdk-node/2.8", "sdk-node/2.7", "sdk-node/2.1"), "node"),
    "go": (("sdk-go/0.19", "sdk-go/0.17"), "go"),
    "http": (("python-requests/2.32", "curl/8.9", "okhttp/4.12", "axios/1.7"), "http"),
    "code-cli": (("code-cli/3.2", "code-cli/3.1", "code-cli/2.9"), "node"),
    "editor": (("editor-plugin/1.12", "editor-plugin/1.11"), "node"),
    "framework": (("chainkit/0.9", "chainkit/0.8", "agentry/1.2"), "python"),
    "browser-fork": (("forked-cli/0.4",), "node"),
}
TLS_STACKS = {"browser": 9, "mobile": 6, "python": 7, "node": 6, "go": 3, "http": 8}


def grouped(rng: Generator, n: int, mean: float) -> Ints:
    """Assign `n` accounts to groups of geometric size with that mean; return each one's group, shape (n,)."""
    if mean <= 1:
        return np.arange(n)
    starts = rng.random(n) < 1 / mean
    starts[:1] = True
    groups = np.cumsum(starts) - 1
    return np.asarray(rng.permutation(groups), dtype=np.int64)


def weighted(rng: Generator, weights: dict[str, float], n: int) -> tuple[list[str], Ints]:
    """Draw `n` names by weight; return the names and the index of each draw."""
    names = list(weights)
    shares = np.array([weights[name] for name in names])
    return names, np.asarray(rng.choice(len(names), size=n, p=shares / shares.sum()), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one population as columns of shape (n,); key columns hold 0 where there is none."""

    ids: list[str]
    org: Ints
    org_key: Keys
    payment: Keys
    signup: Keys
    kind: Ints
    network: Ints
    second: Ints
    client: list[str | None]
    tls: Keys
    age_days: NDArray[np.float64]
    plan: list[str]
    verified: NDArray[np.bool_]
    bare: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


def draw_accounts(identity: Identity, n: int, rng: Generator, networks: Networks, *, bare: float) -> Accounts:
    """Return `n` accounts of an identity. Account ids are random and say nothing."""
    org = grouped(rng, n, identity.accounts_per_org)
    kinds, kind = weighted(rng, identity.networks, n)
    kind = np.array([KINDS.index(name) for name in kinds], dtype=np.int64)[kind]
    payment = random_keys(rng, n)[_sharing(rng, identity.accounts_per_payment, org, identity.accounts_per_org)]
    plans, plan = weighted(rng, identity.plans, n)
    clients, tls = _clients(identity, n, rng)
    return Accounts(
        ids=[f"{key:016x}" for key in random_keys(rng, n).tolist()],
        org=org,
        org_key=_org_keys(identity, org, rng),
        payment=np.where(rng.random(n) < identity.paying, payment, np.uint64(0)),
        signup=random_keys(rng, n)[grouped(rng, n, identity.accounts_per_signup)],
        kind=kind,
        network=_homes(identity, kind, org, rng, networks),
        second=networks.draw(rng, "mobile", n),
        client=clients,
        tls=tls,
        age_days=identity.age_days * rng.lognormal(0.0, identity.age_spread, n),
        plan=[plans[index] for index in plan.tolist()],
        verified=rng.random(n) < identity.verified,
        bare=rng.random(n) < (identity.bare if identity.bare is not None else bare),
    )


def _org_keys(identity: Identity, org: Ints, rng: Generator) -> Keys:
    n = len(org)
    if identity.accounts_per_org <= 1:
        return np.zeros(n, dtype=np.uint64)
    keys = np.where(rng.random(n) < identity.org_visible, random_keys(rng, n), np.uint64(0))
    return np.asarray(keys[org])


def _sharing(rng: Generator, mean: float, org: Ints, accounts_per_org: float) -> Ints:
    """Return who pays together: an organisation's accounts pay with its card, others in groups of that mean."""
    return org if accounts_per_org > 1 else grouped(rng, len(org), mean)


def _homes(identity: Identity, kind: Ints, org: Ints, rng: Generator, networks: Networks) -> Ints:
    n = len(kind)
    homes = np.zeros(n, dtype=np.int64)
    for index, name in enumerate(KINDS):
        here = kind == index
        if name == "proxy":
            exits = networks.proxy(identity.proxy or "", max(1, int(identity.proxy_exits * n)))
            homes[here] = rng.choice(exits, size=int(here.sum()))
        else:
            drawn = networks.draw(rng, name, n)
            # An organisation's people sit in one office.
            homes[here] = (drawn[org] if name == "office" else drawn)[here]
    return homes


def _clients(identity: Identity, n: int, rng: Generator) -> tuple[list[str | None], Keys]:
    names, client = weighted(rng, identity.clients, n)
    skew = rng.random(n) ** 2
    stripped = rng.random(n) < identity.stripped
    texts: list[str | None] = []
    tls = np.zeros(n, dtype=np.uint64)
    for row, index in enumerate(client.tolist()):
        versions, family = CLIENTS[names[index]]
        texts.append(None if stripped[row] else versions[int(skew[row] * len(versions))])
        stack = int(skew[row] * TLS_STACKS[family])
        tls[row] = 0 if stripped[row] else _stack_key(family, stack)
    return texts, tls


def _stack_key(family: str, stack: int) -> int:
    """Return the fingerprint of a TLS stack: the same in every world, as fingerprints are."""
    return int.from_bytes(f"{family:_<7}{stack}".encode()[:8], "big")
