"""The compiled loop that applies a chunk of events to account rows.

Invariants, on which replays and recovery rest:

* events of one account are applied in the order of the chunk; accounts do not influence each other, but for
  the first-sight filter (`models.account.repeats`);
* counts never fall, so every sighting is at least as large as the one before;
* a window is closed only when the watermark has passed its end, so at most two windows of an account are open
  (lateness is at most one window).

Compiled functions take and return what Numba infers, so their arguments are described here and not annotated:
`row` is a record of `ACCOUNT`, `one` of `EXCHANGE`, `out` an array of `SIGHTING`, `closed` an array of `CLOSED`.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202, D417

from __future__ import annotations

import math

import numpy as np
from numba import njit

from models.account.bank import find_account
from models.account.exchange import CACHED, FAILED, FIRST_TURN, HAS_CONTENT, REFUSED, SIGNALLED, TOOLS
from models.account.repeats import ADMITTED, NEW, visit
from models.account.row import CONTENT, FADING, MINUTES, SLOTS, WINDOW
from models.links import LinkKind

CLOSED = np.dtype([("row", "i8"), ("window", WINDOW)])

_TEMPLATE, _PAYMENT, _SIGNUP = int(LinkKind.TEMPLATE), int(LinkKind.PAYMENT), int(LinkKind.SIGNUP)
_IP, _TLS = int(LinkKind.IP), int(LinkKind.TLS)

# The most sightings one event can cause: 24 templates and 4 identities, each perhaps with the account that
# was waiting for it, and all slots once when the event count reaches a power of four.
SIGHTINGS_PER_EVENT = 2 * (24 + 4) + SLOTS
_POWERS_OF_FOUR = 0x55555554
# A template on which an account has less than this share of its conversations is not told of: campaigns take members
# from 20 % on (`Policy.min_dedication`), and what was told before is told again at each power of four, so what the
# links know of an owner is never more than a factor of four too high.
TELLING = 0.05
# Openings that a template is given to show that it stays: a new one counts as an eighth of an account's openings, less
# than the fifth from which campaigns take members, and more than what is not told of.
TRIAL = 8
_HOUR_MS, _MINUTE_MS = 3_600_000, 60_000
_SPREAD = np.uint64(0xBF58476D1CE4E5B9)  # an odd constant of good mixing (the finaliser of SplitMix64)


@njit(cache=True)
def tell(out, made, row, slot, ts):
    """Write sighting number `made`, of `row` on the link of `slot` as of `ts`; return `made + 1`."""
    one = out[made]
    one.key, one.kind, one.ts = slot.key, slot.kind, ts
    one.link_first, one.link_events = slot.first, slot.count
    owner = one.owner
    owner.account, owner.org, owner.flags = row.account, row.org, row.flags
    owner.created, owner.first, owner.last = row.created, row.first, row.last
    owner.plan_tokens, owner.input_tokens, owner.output_tokens = (
        row.plan_tokens,
        row.input_tokens,
        row.output_tokens,
    )
    owner.payment, owner.signup, owner.ip, owner.tls = row.payment, row.signup, row.ip, row.tls
    owner.events, owner.openings, owner.tools, owner.cached = row.events, row.openings, row.tools, row.cached
    owner.signals, owner.refused, owner.errors = row.signals, row.refused, row.errors
    owner.gaps, owner.contents, owner.gap_mean = row.gaps, row.contents, row.gap_mean
    owner.gap_sd = math.sqrt(max(row.gap_square - row.gap_mean * row.gap_mean, 0.0))
    for hour in range(24):
        owner.hours[hour] = min(row.hours[hour], 255)
    owner.model, owner.model_since = row.model & np.uint64(0xFFFFFFFF), row.model_since
    owner.client_moves, owner.ip_moves = row.client_moves, row.ip_moves
    owner.capability = row.capability & np.uint64(0xFFFFFFFF)
    for register in range(MINUTES):
        owner.minutes[register] = row.minutes[register]
    owner.output_mean, owner.output_var = 0.0, 0.0
    if row.openings > 0:
        mean = row.output_log / row.openings
        owner.output_mean = mean
        owner.output_var = max(row.output_log_square / row.openings - mean * mean, 0.0)
    norm = 0.0
    for d in range(CONTENT):
        norm += row.content[d] * row.content[d]
    # Of all ordered pairs of prompts the mean product, over the mean square.
    owner.cohesion = np.nan
    if row.contents > 1 and row.content_squares > 0.0:
        owner.cohesion = (norm - row.content_squares) / (row.content_squares * (row.contents - 1))
    scale = 127.0 / math.sqrt(norm) if norm > 0.0 else 0.0
    for d in range(CONTENT):
        owner.content[d] = np.int8(round(row.content[d] * scale))
    return made + 1


@njit(cache=True)
def _least_used(row, kind, ts):
    """Return the slot that makes room for a new link: of templates, the one least used since it came.

    By the count alone, nobody with full slots could move to another prompt: its keys, used once each, would be the
    least used and push out each other. And what somebody asks must not push out who pays. How many openings there were
    since a link came is not kept; it is taken from the time, as if they came evenly.
    """
    weakest, least = -1, np.inf
    if kind == _TEMPLATE:
        pace = row.openings / max(row.last - row.first, 1)
        for at in range(SLOTS):
            slot = row.slots[at]
            if slot.kind == _TEMPLATE:
                share = slot.count / (TRIAL + pace * max(ts - slot.first, 0))
                if share < least:
                    weakest, least = at, share
    if weakest < 0:
        for at in range(SLOTS):
            if row.slots[at].count < least:
                weakest, least = at, float(row.slots[at].count)
    return weakest


@njit(cache=True)
def _count_link(row, key, kind, first, count, ts):
    """Add `count` uses of a link and return its slot."""
    free = -1
    for at in range(SLOTS):
        slot = row.slots[at]
        if slot.key == key and slot.kind == kind:
            slot.count += count
            return at
        if slot.key == 0:
            free = at
            break
    if free < 0:
        free = _least_used(row, kind, ts)
    slot = row.slots[free]
    slot.key, slot.kind, slot.first, slot.count = key, kind, first, count
    return free


@njit(cache=True)
def _see_link(rows, places, at, key, kind, ts, young, old, log, out, made):
    """Account `rows[at]` used a link: pass it through the filter, count it, tell of it at powers of two.

    Returns (sightings made, filter entries added).
    """
    mine = rows[at].account
    pending, since, added = visit(young, old, log, key, mine, ts)
    if pending == NEW:
        return made, added
    first, count = ts, 1
    if pending == mine:
        first, count = since, 2
    elif pending != ADMITTED:
        found = np.int64(places[find_account(rows, places, pending)]) - 1
        if found >= 0:
            waiting = rows[found]
            made = tell(out, made, waiting, waiting.slots[_count_link(waiting, key, kind, since, 1, ts)], ts)
    slot = rows[at].slots[_count_link(rows[at], key, kind, first, count, ts)]
    if slot.count & (slot.count - 1) == 0 and _is_telling(rows[at], slot, 1):
        made = tell(out, made, rows[at], slot, ts)
    return made, added


@njit(cache=True)
def _is_telling(row, slot, allowance):
    """Whether the account does enough on a link for it to matter, at `allowance` times the present share."""
    return slot.kind != _TEMPLATE or allowance * slot.count >= TELLING * row.openings


@njit(cache=True)
def _see_links(rows, places, at, one, keys, young, old, log, out, made):
    """All links of one event: the templates of an opening, and identities when they change."""
    row, added = rows[at], 0
    for key in keys:
        made, more = _see_link(rows, places, at, key, _TEMPLATE, one.ts, young, old, log, out, made)
        added += more
    if one.payment != 0 and one.payment != row.payment:
        row.payment = one.payment
        made, more = _see_link(rows, places, at, one.payment, _PAYMENT, one.ts, young, old, log, out, made)
        added += more
    if one.signup != 0 and one.signup != row.signup:
        row.signup = one.signup
        made, more = _see_link(rows, places, at, one.signup, _SIGNUP, one.ts, young, old, log, out, made)
        added += more
    if one.ip != 0 and one.ip != row.ip:
        row.ip_moves += row.ip != 0
        row.ip = one.ip
        made, more = _see_link(rows, places, at, one.ip, _IP, one.ts, young, old, log, out, made)
        added += more
    if one.tls != 0 and one.tls != row.tls:
        row.tls = one.tls
        made, more = _see_link(rows, places, at, one.tls, _TLS, one.ts, young, old, log, out, made)
        added += more
    return made, added


@njit(cache=True)
def _is_counted(row, key, kind):
    """Whether an account has a slot for a link."""
    counted = False
    for at in range(SLOTS):
        counted |= row.slots[at].key == key and row.slots[at].kind == kind
    return counted


@njit(cache=True)
def _see_lasting(rows, places, at, ts, young, old, log, out, made):
    """Pass the identities that an account still has through the filter once more, so that they are told of.

    They come to the filter when they change. Without this, a card would be told of only where two of its holders
    happen to be in one partition, and what is found would hang on the number of partitions.
    """
    row, added = rows[at], 0
    for kind, key in ((_PAYMENT, row.payment), (_SIGNUP, row.signup), (_IP, row.ip), (_TLS, row.tls)):
        if key != 0 and not _is_counted(row, key, kind):
            made, more = _see_link(rows, places, at, key, kind, ts, young, old, log, out, made)
            added += more
    return made, added


@njit(cache=True)
def _see_cadence(row, ts):
    """Learn the time since the request before: River's `EWMean` of ln(seconds) and of its square."""
    if row.events > 0:
        gap = math.log(max(ts - row.last, 1) / 1000.0)
        weight = FADING if row.gaps > 0 else 1.0
        row.gap_mean += weight * (gap - row.gap_mean)
        row.gap_square += weight * (gap * gap - row.gap_square)
        row.gaps += 1
    row.first = min(row.first, ts) if row.events > 0 else ts
    row.last = max(row.last, ts)
    hour = (ts // _HOUR_MS) % 24
    row.hours[hour] = min(row.hours[hour] + 1, 65535)
    word = np.uint64(ts // _MINUTE_MS) * _SPREAD
    for register in range(MINUTES):
        word = (word ^ word >> np.uint64(29)) * _SPREAD
        value = np.uint16((word >> np.uint64(48)) % np.uint64(65_535) + np.uint64(1))
        if row.minutes[register] == 0 or value < row.minutes[register]:
            row.minutes[register] = value


@njit(cache=True)
def _see_usage(row, one, opening):
    """Count what was asked and what came back."""
    row.org = one.org
    row.created = one.created if one.created != 0 else row.created
    row.plan_tokens = one.plan_tokens if one.plan_tokens != 0 else row.plan_tokens
    row.events += 1
    row.openings += opening
    row.input_tokens += one.input_tokens
    row.output_tokens += one.output_tokens
    row.refused += (one.flags & REFUSED) != 0
    row.errors += (one.flags & FAILED) != 0
    row.tools += (one.flags & TOOLS) != 0
    row.cached += (one.flags & CACHED) != 0
    row.signals += (one.flags & SIGNALLED) != 0
    if row.model != one.model:
        row.model_moves += row.model != 0
        row.model, row.model_since = one.model, one.ts
    if one.client != 0 and row.client != one.client:
        row.client_moves += row.client != 0
        row.client = one.client
    if opening and one.capability != 0:
        if row.capability == one.capability:
            row.capability_votes += 1
        elif row.capability_votes > 0:
            row.capability_votes -= 1
        else:
            row.capability, row.capability_votes = one.capability, 1
    row.session = one.session
    if opening:
        output = math.log(1.0 + one.output_tokens)
        row.output_log += output
        row.output_log_square += output * output
    if opening and (one.flags & HAS_CONTENT) != 0:
        row.contents += 1
        for d in range(CONTENT):
            value = float(one.content[d])
            row.content[d] += value
            row.content_squares += value * value


@njit(cache=True)
def _see_window(window, one, opening):
    """Count the event in its window; distinct things by linear counting in 64 bits."""
    window.events += 1
    window.openings += opening
    window.refused += (one.flags & REFUSED) != 0
    window.errors += (one.flags & FAILED) != 0
    window.tools += (one.flags & TOOLS) != 0
    window.signals += (one.flags & SIGNALLED) != 0
    window.input_tokens += one.input_tokens
    window.output_tokens += one.output_tokens
    window.cached_tokens += one.cached_tokens
    window.reasoning_tokens += one.reasoning_tokens
    bit = np.uint64(1)
    if one.ip != 0:
        window.ips |= bit << (one.ip & np.uint64(63))
    if one.client != 0:
        window.clients |= bit << (one.client & np.uint64(63))
    window.models |= bit << (one.model & np.uint64(63))


@njit(cache=True)
def _window_for(row, at, start, closed, closings):
    """Return (which, closings): the window from `start`, the older one closed to make room for it."""
    for which in range(2):
        if row.windows[which].start == start:
            return which, closings
    which = 0 if row.windows[0].start <= row.windows[1].start else 1
    if row.windows[which].start != 0:
        closed[closings].row = at
        closed[closings].window = row.windows[which]
        closings += 1
        row.windows[which] = closed[closed.shape[0] - 1].window  # the last entry is kept empty
    row.windows[which].start = start
    return which, closings


@njit(cache=True)
def apply_events(
    rows, places, index, begin, exchanges, templates, bounds, young, old, log, out, closed, watermark, lateness, length
):
    """Apply exchanges `begin`.. until all are done or `out` or `closed` might overflow.

    Args:
        rows, places: The bank and its index; rows are changed in place.
        index: Shape (n,), the row number of each exchange; -1 skips it (a duplicate).
        begin: First exchange to apply.
        exchanges, templates, bounds: Of `models.account.columns.Columns`.
        young, old, log: The generations of the first-sight filter, with room for all keys, and what changes in them.
        out, closed: To write to; the last entry of `closed` is empty and stays so.
        watermark: Largest event time so far, epoch ms.
        lateness, length: Of the windows, ms.

    Returns:
        (next exchange, sightings made, windows closed, filter entries added, watermark, late events)
    """
    made, closings, added, late = 0, 0, 0, 0
    i = begin
    while i < index.shape[0]:
        if made + SIGHTINGS_PER_EVENT > out.shape[0] or closings + 2 > closed.shape[0]:
            break
        at = index[i]
        if at >= 0:
            row, one = rows[at], exchanges[i]
            opening = (one.flags & FIRST_TURN) != 0 or one.session == 0 or one.session != row.session
            _see_cadence(row, one.ts)
            _see_usage(row, one, opening)
            keys = templates[bounds[i] : bounds[i + 1]] if opening else templates[0:0]
            made, more = _see_links(rows, places, at, one, keys, young, old, log, out, made)
            added += more
            if row.events > 1 and row.events & (row.events - 1) == 0:
                made, more = _see_lasting(rows, places, at, one.ts, young, old, log, out, made)
                added += more
            if row.events & (row.events - 1) == 0 and row.events & _POWERS_OF_FOUR != 0:
                for s in range(SLOTS):
                    if row.slots[s].key != 0 and _is_telling(row, row.slots[s], 4):
                        made = tell(out, made, row, row.slots[s], one.ts)
            if one.ts < watermark - lateness:
                late += 1
                row.late += 1
            else:
                which, closings = _window_for(row, at, one.ts - one.ts % length, closed, closings)
                _see_window(row.windows[which], one, opening)
                watermark = max(watermark, one.ts)
        i += 1
    return i, made, closings, added, watermark, late
