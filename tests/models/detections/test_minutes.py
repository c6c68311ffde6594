"""Minutes in common, pair by pair, are those of arrays of all pairs, bit for bit."""

import numpy as np

from models.detections.minutes import MINUTE_MS, beyond_chance
from models.detections.sample import crowd, within
from models.sighting import Owners


def as_arrays(owners: Owners) -> float:
    agree = np.mean(owners["minutes"][:, None, :] == owners["minutes"][None, :, :], axis=2)
    begin, end = owners["first"].astype(np.float64), owners["last"].astype(np.float64)
    minutes = np.maximum((end - begin) / MINUTE_MS, 1.0)
    active = 1.0 - np.exp(-owners["events"].astype(np.float64) / minutes)
    common = np.maximum(np.minimum.outer(end, end) - np.maximum.outer(begin, begin), 0.0) / MINUTE_MS
    both = np.outer(active, active) * common
    either = np.add.outer(active * minutes, active * minutes) - both
    return float((agree - both / np.maximum(either, 1e-9))[~np.eye(len(owners), dtype=np.bool_)].mean())


def test_shares_are_those_of_arrays():
    for n in (2, 5, 12, 40, 200):
        for together in (0, 1):
            owners = crowd(n, seed=n, rate=400, together=together, quiet=within(0.0, 0.1))
            owners["minutes"] %= 50
            assert beyond_chance(owners) == as_arrays(owners)
