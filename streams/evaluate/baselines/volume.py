"""A threshold on volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streams.evaluate.roc import Floats
from streams.evaluate.traffic import Traffic

DAY_MS = 86_400_000


class Volume:
    """Requests on the account's busiest day (UTC)."""

    name = "volume threshold"
    about = "requests of the account on its busiest day"

    def scores(self, traffic: Traffic, benign: NDArray[np.bool_]) -> Floats:
        """Return the most requests in a day; see `Baseline`."""
        days = (traffic.ts - traffic.ts.min()) // DAY_MS if len(traffic.ts) else traffic.ts
        counts = np.zeros((len(traffic.accounts), int(days.max(initial=0)) + 1))
        np.add.at(counts, (traffic.account, days), 1)
        return np.asarray(counts.max(axis=1), dtype=np.float64)
