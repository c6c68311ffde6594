"""From which network an account is seen: a home, a phone, an office, the exits of a VPN, a cloud or a proxy network."""

from __future__ import annotations

from streams.sources.simulate.identities import Accounts
from streams.sources.simulate.networks import KINDS, Networks
from streams.sources.simulate.scenario import Identity


class Whereabouts:
    """From which network each account of a population is seen."""

    def __init__(self, identity: Identity, accounts: Accounts, networks: Networks, salt: int) -> None:
        self._identity = identity
        self._networks = networks
        self._salt = salt
        self._kind = [KINDS[kind] for kind in accounts.kind.tolist()]
        self._home: list[int] = accounts.network.tolist()
        self._second: list[int] = accounts.second.tolist()
        proxied = "proxy" in identity.networks
        self._exits: list[int] = networks.proxy(identity.proxy or "").tolist() if proxied else []

    def network(self, account: int, serial: int, sent: int) -> int:
        """Return the network of a request in conversation `serial` by an account that has sent `sent` before."""
        home, kind = self._home[account], self._kind[account]
        if kind == "proxy":
            sticky = self._identity.proxy_sticky
            if not sticky:
                return home
            return self._exits[(home * 69_069 + account * 40_503 + sent // sticky * 7_919_101) % len(self._exits)]
        mixed = (serial * 2_654_435_761 + self._salt) % 2**32
        if mixed < self._identity.roam * 2**32:
            return self._networks.block(self._second[account], mixed)
        if kind in ("mobile", "vpn"):
            return self._networks.block(home, mixed)
        return self._networks.block(home, mixed, 2) if kind == "cloud" else home
