"""What a baseline is."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streams.evaluate.roc import Floats
from streams.evaluate.traffic import Traffic


class Baseline(Protocol):
    """A detector that scores accounts one by one.

    Attributes:
        name: In tables.
        about: What it does, and from where it is.
    """

    name: str
    about: str

    def scores(self, traffic: Traffic, benign: NDArray[np.bool_]) -> Floats:
        """Return a finite score per account, larger is more suspicious.

        Args:
            traffic: Everything that the accounts sent.
            benign: Which accounts are benign, shape (accounts,); only for calibration.
        """
        ...
