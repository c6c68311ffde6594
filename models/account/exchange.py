"""One event as the account models see it: a fixed-size row of numbers."""

from __future__ import annotations

import numpy as np

from models.account.row import CONTENT

# Bits of `flags`.
FIRST_TURN, REFUSED, FAILED, TOOLS, CACHED, SIGNALLED, HAS_CONTENT = 1, 2, 4, 8, 16, 32, 64

# One event as the models see it: times in epoch milliseconds, tokens in tokens, the rest hashes.
EXCHANGE = np.dtype(
    [
        ("ts", "i8"),
        ("account", "u8"),
        ("event", "u8"),
        ("session", "u8"),
        ("input_tokens", "u8"),
        ("output_tokens", "u8"),
        ("cached_tokens", "u8"),
        ("reasoning_tokens", "u8"),
        ("model", "u8"),
        ("client", "u8"),
        ("capability", "u8"),
        ("org", "u8"),
        ("ip", "u8"),
        ("tls", "u8"),
        ("payment", "u8"),
        ("signup", "u8"),
        ("created", "i8"),
        ("plan_tokens", "u8"),
        ("reasoning_out", "u8"),
        ("content", "i1", (CONTENT,)),
        ("flags", "u1"),
    ]
)
