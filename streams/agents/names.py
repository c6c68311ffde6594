"""Names of accounts and organisations by hash, no more of them than a model can still speak of."""

from __future__ import annotations

from collections.abc import Iterable

from models.sighting import Owners

# Names of nobody that are put up with before they are looked for, which goes through all rows.
SPARE = 4096


def are_too_many(names: dict[int, str], used: int) -> bool:
    """Whether names must be of nobody: each of `used` rows has two at most, and as many as rows are put up with."""
    return len(names) > 2 * used + max(used, SPARE)


def of_those(names: dict[int, str], owners: Iterable[Owners]) -> dict[int, str]:
    """Return the names of the accounts in `owners` (dtype `OWNER`) and of their organisations.

    >>> import numpy as np; from models.sighting import OWNER
    >>> rows = np.zeros(1, OWNER); rows["account"], rows["org"] = 1, 2
    >>> of_those({1: "a", 2: "o", 3: "b"}, [rows])
    {1: 'a', 2: 'o'}
    """
    hashes = {one for some in owners for field in ("account", "org") for one in some[field].tolist()}
    return {one: name for one, name in names.items() if one in hashes}
