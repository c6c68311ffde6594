"""The same evidence leads to the same groups in every process: what a restart puts back is what was there."""

import os
import subprocess
import sys

# A third link whose owners are all in two groups alike: which of them it joins must not depend on a set's order.
PROGRAM = """
import numpy as np
from models.campaign.book import GroupBook
from models.links import LinkKind
from models.sighting import SIGHTING

def seen(key, accounts):
    rows = np.zeros(len(accounts), SIGHTING)
    rows["key"], rows["kind"], rows["link_events"] = key, LinkKind.TEMPLATE, 9
    rows["owner"]["account"] = rows["owner"]["org"] = accounts
    rows["owner"]["events"] = rows["owner"]["openings"] = 10
    return rows

book, common = GroupBook(), [*range(1, 21)]
for key in range(100, 116, 2):
    more = 1000 * key
    book.place(seen(key, [*range(more, more + 26)]))
for key, extra in ((1, range(21, 27)), (2, range(31, 37))):
    book.place(seen(key, [*common, *extra]))
print(*book.place(seen(3, common)))
"""


def test_groups_do_not_depend_on_the_process():
    outcomes = set()
    for seed in range(1, 7):
        environ = os.environ | {"PYTHONHASHSEED": str(seed)}
        done = subprocess.run([sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, check=True)
        outcomes.add(done.stdout)
    assert outcomes == {"C-0000000000000001\n"}
