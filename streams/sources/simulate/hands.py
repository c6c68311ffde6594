"""Typing habits: what makes the same sentence look different from two hands."""

from __future__ import annotations

from random import Random

_GREETINGS = (
    "hi, ",
    "Hi! ",
    "hello ",
    "hey ",
    "Hey, ",
    "ok so ",
    "um ",
    "Good morning. ",
    "Quick one: ",
    "so ",
)
_THANKS = (" thanks", " Thanks!", " thx", " please", " pls", " ty", " Thank you in advance.", " cheers")


def typed(text: str, account: int, random: Random) -> str:
    """Return `text` as the person behind `account` would type it.

    Habits (lower case, missing stops, typos, courtesies) belong to the account; where they strike is chance.
    """
    habit = (account * 2_246_822_519 + 374_761_393) % 2**32
    if habit % 5 == 0:
        text = text.lower()
    if habit % 7 < 3 and text.endswith((".", "?")):
        text = text[:-1]
    draw = random.random
    if habit % 11 == 0 and draw() < 0.4:
        text = _GREETINGS[int(draw() * len(_GREETINGS))] + text
    if habit % 13 == 0 and draw() < 0.4:
        text += _THANKS[int(draw() * len(_THANKS))]
    typos = (0.0, 0.0, 0.0, 0.002, 0.006)[habit % 17 % 5]
    if typos and draw() < typos * len(text):
        text = _slipped(text, int(draw() * (len(text) - 1)), draw())
    return text


def _slipped(text: str, at: int, how: float) -> str:
    """Return `text` with one slip at position `at`: swapped, missing or doubled letters."""
    if how < 0.5:
        return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    if how < 0.8:
        return text[:at] + text[at + 1 :]
    return text[: at + 1] + text[at:]
