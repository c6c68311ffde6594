"""What another provider said: a key that a pool of theirs shared. Weak evidence here, never a verdict.

An indicator names a link key as events carry it (a template key, or a keyed hash of a payment, a sign-up, a network or
a TLS fingerprint), so it means something only between providers that hash with the same sketch key.
"""

from __future__ import annotations

from models.links import LinkKind, stable_hash

# How much less evidence a group needs of its own when one of its links was indicated. The thresholds of few groups
# fall, so the false-alarm budget of all stays about what it was (weighted: Genovese, Roeder and Wasserman 2006).
INDICATED = 3.0
SHARED_KINDS = ("template", "payment", "signup", "ip", "tls")


def indicated_link(kind: str, value: str) -> int | None:
    """Return the link key of what events carry as `value`, or None when it is none.

    >>> indicated_link("template", "00000000000000ff"), indicated_link("template", "?"), indicated_link("asn", "1")
    (255, None, None)
    >>> indicated_link("payment", "ab") == stable_hash("ab", kind=LinkKind.PAYMENT)
    True
    """
    if kind not in SHARED_KINDS:
        return None
    if kind != "template":
        return stable_hash(value, kind=LinkKind[kind.upper()])
    try:
        return int(value, 16) if len(value) == 16 else None
    except ValueError:
        return None
