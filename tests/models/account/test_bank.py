"""The table of accounts, as it grows and is left."""

import numpy as np

from models.account.bank import AccountBank
from models.account.columns import columns_of
from models.event import Event
from models.links import stable_hash


def event_of(name: str) -> Event:
    return Event(
        event_id=name, ts=1, account_id=name, model="m", input_tokens=1, output_tokens=1, org_id=f"org of {name}"
    )


def test_more_newcomers_at_once_than_there_is_room_for():
    bank = AccountBank(capacity=4)
    for name in "abc":
        bank.place_for(name)
    bank.forget(int(bank.rows["account"][1]))
    names = [f"new{number % 40}" for number in range(100)]
    places = bank.rows_of(columns_of([event_of(name) for name in names]))
    assert [bank.names[place] for place in places.tolist()] == names
    assert places[0] == 1, "a free row is taken first"
    assert sorted(set(places.tolist())) == [1, *range(3, 42)]
    assert bank.place_of("b") is None
    assert [bank.place_of(name) for name in ("a", "c", "new39")] == [0, 2, 41]
    everyone = bank.rows["account"][: len(bank.names)]
    assert bank.places_of(everyone).tolist() == list(range(42))
    assert np.count_nonzero(bank.index) == len(bank) == 42
    assert bank.name_of(stable_hash("org of new39")) == "org of new39"
