"""The maximum mean discrepancy of windows of content vectors from benign traffic.

After arXiv 2606.05725, of which only a summary was at hand: a two-sample statistic on the prompt embeddings of a window
of requests, with thresholds from benign windows alone. Here the embeddings are content vectors, the kernel is Gaussian
with the median heuristic, and random Fourier features (Rahimi and Recht, 2007) make the statistic linear in the
number of prompts. Benign windows are taken from the truth that is evaluated on, which favours these baselines.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.evaluate.roc import Floats
from streams.evaluate.traffic import Traffic

WINDOW = 1_500  # requests of a pooled window: where the paper's figures are best
_FOURIER = 128
_REFERENCE = 20_000
_BATCH = 50_000
_ENOUGH = 20  # benign windows that tell a mean and a deviation


class Windows(NamedTuple):
    """Sums over windows: of features, shape (w, features); of their squared lengths, and prompts, shape (w,)."""

    sums: Floats
    squares: Floats
    prompts: NDArray[np.int64]


class AccountWindows:
    """Each account's prompts are one window."""

    name = "MMD per account"
    about = "discrepancy of the account's prompts from benign prompts, calibrated on benign accounts of its size"

    def scores(self, traffic: Traffic, benign: NDArray[np.bool_]) -> Floats:
        """Return the calibrated statistic of each account; see `Baseline`."""
        has = np.flatnonzero(traffic.content.any(axis=1))
        place = traffic.account[has]
        space = _Space(traffic.content[has[benign[place]]])
        windows = space.windows(traffic.content[has], place, len(traffic.accounts))
        return _calibrated(space.discrepancies(windows), windows.prompts, benign)


class PooledWindows:
    """Consecutive requests of everybody are a window; an account is as suspicious as its windows are on average."""

    name = "MMD on pooled windows"
    about = f"discrepancy of windows of {WINDOW:,} requests of all accounts; the mean over the account's windows"

    def scores(self, traffic: Traffic, benign: NDArray[np.bool_]) -> Floats:
        """Return the mean standard score of each account's windows; see `Baseline`."""
        has = np.flatnonzero(traffic.content.any(axis=1))
        has = has[np.argsort(traffic.ts[has], kind="stable")]
        quiet = has[benign[traffic.account[has]]]
        space = _Space(traffic.content[quiet])
        ordinary, seen = (_pooled(space, traffic.content[some]) for some in (quiet, has))
        z = (seen - ordinary.mean()) / (ordinary.std() or 1.0) if len(ordinary) else seen
        place = traffic.account[has]
        totals = np.bincount(place, weights=z[np.arange(len(has)) // WINDOW], minlength=len(traffic.accounts))
        return np.asarray(totals / np.maximum(np.bincount(place, minlength=len(traffic.accounts)), 1))


class _Space:
    """Random Fourier features of the Gaussian kernel, and the mean of benign prompts in them."""

    def __init__(self, benign: NDArray[np.int8]) -> None:
        rng = np.random.default_rng(0)
        some = _directions(rng.permutation(benign)[:_REFERENCE])
        half = len(some) // 2
        distances = np.linalg.norm(some[:half] - some[half : 2 * half], axis=1)
        width = float(np.median(distances)) if half else 1.0
        self._directions = rng.normal(size=(some.shape[1], _FOURIER)) / (width or 1.0)
        self._phases = rng.uniform(0, 2 * np.pi, _FOURIER)
        self._mean = self.features(some).sum(axis=0) / max(len(some), 1)

    def features(self, directions: Floats) -> Floats:
        return np.asarray(np.sqrt(2 / _FOURIER) * np.cos(directions @ self._directions + self._phases))

    def windows(self, content: NDArray[np.int8], place: NDArray[np.int64], count: int) -> Windows:
        """Return the sums over `count` windows of prompts, shape (n, 64), each in the window at its `place`."""
        sums, squares = np.zeros((count, _FOURIER)), np.zeros(count)
        order = np.argsort(place, kind="stable")
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            some = self.features(_directions(content[batch]))
            windows, begins = np.unique(place[batch], return_index=True)
            sums[windows] += np.add.reduceat(some, begins)
            squares[windows] += np.add.reduceat(np.square(some).sum(axis=1), begins)
        return Windows(sums, squares, np.bincount(place, minlength=count))

    def discrepancies(self, windows: Windows) -> Floats:
        """Return the unbiased squared discrepancy of each window; NaN below two prompts."""
        n = np.where(windows.prompts >= 2, windows.prompts, np.nan).astype(np.float64)
        inside = (np.square(windows.sums).sum(axis=1) - windows.squares) / (n * (n - 1))
        statistic: Floats = inside - 2 * (windows.sums @ self._mean) / n + float(np.square(self._mean).sum())
        return statistic


def _pooled(space: _Space, content: NDArray[np.int8]) -> Floats:
    """Return the discrepancy of each window of `WINDOW` prompts in a row, the last one shorter."""
    count = -(-len(content) // WINDOW)
    return np.nan_to_num(space.discrepancies(space.windows(content, np.arange(len(content)) // WINDOW, count)))


def _calibrated(statistic: Floats, prompts: NDArray[np.int64], benign: NDArray[np.bool_]) -> Floats:
    """Return standard scores among benign windows of about the same size (to a factor of 2); the least where NaN.

    Where there are few benign windows of a size, the next smaller ones stand for them.
    """
    known = ~np.isnan(statistic)
    size = np.log2(np.maximum(prompts, 1)).astype(np.int64)
    normal, scores = statistic[known & benign], np.full(len(statistic), np.nan)
    for one in np.unique(size[known]):
        same = statistic[known & benign & (size == one)]
        normal = same if len(same) >= _ENOUGH else normal
        mine = known & (size == one)
        scores[mine] = (statistic[mine] - normal.mean()) / (normal.std() or 1.0) if len(normal) else 0.0
    least = float(np.nanmin(scores)) if known.any() else 0.0
    return np.where(np.isnan(scores), least, scores)


def _directions(content: NDArray[np.int8]) -> Floats:
    vectors = content.astype(np.float64)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))
