"""A threshold on repetition."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.evaluate.roc import Floats
from streams.evaluate.traffic import Traffic

FEWEST = 5  # the share of one key says nothing of an account with one request


class Repetition:
    """Share of the account's requests that carry its most used template key."""

    name = "repetition threshold"
    about = f"share of the account's most used template key, from {FEWEST} requests on"

    def scores(self, traffic: Traffic, benign: NDArray[np.bool_]) -> Floats:
        """Return the shares; see `Baseline`."""
        order = np.lexsort((traffic.key, traffic.key_account))
        key, owner = traffic.key[order], traffic.key_account[order]
        begins = np.flatnonzero(np.r_[True, (key[1:] != key[:-1]) | (owner[1:] != owner[:-1])][: len(key)])
        most = np.zeros(len(traffic.accounts))
        np.maximum.at(most, owner[begins], np.diff(np.r_[begins, len(key)]))
        events = traffic.events
        return np.where(events >= FEWEST, most / np.maximum(events, 1), 0.0)
