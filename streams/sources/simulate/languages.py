"""The languages that people write in."""

from __future__ import annotations

from streams.sources.simulate.grammar import shipped_grammar

# Tables of the languages that people write in, and their shares among accounts; `chat` is English. Shares are a guess:
# a language says nothing about anyone, it only has to be there on both sides.
LANGUAGES = {"chat": 58, "es": 9, "zh": 7, "pt": 6, "fr": 5, "de": 5, "ja": 4, "ru": 3, "hi": 3}
NATIVE = "native."


def spoken(rule: str, account: int) -> str:
    """Return the rule that `rule` stands for when the person behind `account` writes.

    >>> spoken("native.request", 0), spoken("coding.request", 0)
    ('chat.request', 'coding.request')
    """
    return f"{language_of(account)}.{rule.removeprefix(NATIVE)}" if rule.startswith(NATIVE) else rule


def language_of(account: int) -> str:
    """Return the table of the language that the person behind `account` writes in."""
    share = (account * 1_597_334_677 + 12_345) % 2**32 / 2**32 * sum(LANGUAGES.values())
    for table, weight in LANGUAGES.items():
        share -= weight
        if share < 0:
            return table
    raise AssertionError("shares are below their sum")


def knows(rule: str) -> bool:
    """Whether the shipped grammar has `rule`, in every language where it leaves the language open."""
    tables = LANGUAGES if rule.startswith(NATIVE) else [rule.partition(".")[0]]
    return all(shipped_grammar().has(f"{table}.{rule.partition('.')[2]}") for table in tables)
