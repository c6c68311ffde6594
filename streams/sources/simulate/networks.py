"""The networks of the simulated world."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from streams.sources.simulate.keys import hex_key, random_keys

Ints = NDArray[np.int64]

KINDS = ("home", "mobile", "office", "vpn", "cloud", "proxy")
IP_TYPES = ("residential", "mobile", "unknown", "vpn", "datacenter", "residential")


class Networks:
    """The /24 networks of the simulated world, shared by everyone: homes, carriers, VPN exits, clouds, offices.

    Their numbers follow the number of accounts, so that a home network holds one or two of them, a carrier's or a VPN's
    hundreds, whatever the scale.
    """

    def __init__(self, seed: int, accounts: int) -> None:
        rng = np.random.default_rng([seed, 71])
        self._seed = seed
        sizes = {
            "home": max(400, int(accounts * 0.8)),
            "mobile": max(24, accounts // 150),
            "office": max(40, accounts // 30),
            "vpn": max(24, accounts // 250),
            "cloud": max(60, accounts // 25),
        }
        ends = np.cumsum(list(sizes.values()))
        self._first = dict(zip(sizes, (ends - list(sizes.values())).tolist(), strict=True))
        self._size = sizes
        total = int(ends[-1])
        asn = np.zeros(total, dtype=np.int64)
        for kind, providers in (("home", 180), ("mobile", 24), ("office", 60), ("vpn", 9), ("cloud", 14)):
            span = slice(self._first[kind], self._first[kind] + sizes[kind])
            numbers = rng.integers(1_000, 400_000, size=providers)
            # A few providers hold most networks: a quadratic draw is close to how address space is held.
            asn[span] = numbers[(rng.random(sizes[kind]) ** 2 * providers).astype(np.int64)]
        self.keys = [hex_key(key) for key in random_keys(rng, total).tolist()]
        self.asn: list[int] = asn.tolist()
        self.ip_type = [IP_TYPES[KINDS.index(kind)] for kind, size in sizes.items() for _ in range(size)]
        self._proxies: dict[str, Ints] = {}

    def draw(self, rng: Generator, kind: str, n: int) -> Ints:
        """Return `n` networks of a kind; some networks hold many more accounts than others (carrier-grade NAT)."""
        first, size = self._first[kind], self._size[kind]
        skew = 2.0 if kind in ("home", "cloud") else 1.3
        return np.asarray(first + (rng.random(n) ** skew * size).astype(np.int64))

    def block(self, network: int, number: int, width: int = 8) -> int:
        """Return the `number`-th network near `network`: exits that a carrier or VPN sends one customer through."""
        kind = next(name for name in reversed(self._first) if network >= self._first[name])
        first, size = self._first[kind], self._size[kind]
        return int(first + (network - first + number % width) % size)

    def proxy(self, name: str, exits: int = 1) -> Ints:
        """Return the exits of a residential proxy network: ordinary homes, drawn when it is first named."""
        if name not in self._proxies:
            rng = np.random.default_rng([self._seed, 72, *name.encode()])
            first, size = self._first["home"], self._size["home"]
            self._proxies[name] = first + rng.permutation(size)[: min(exits, size)]
        return self._proxies[name]
