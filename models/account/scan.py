"""Messages to columns without an object per event: a compiled reader of plain API events.

It reads what gateways write and leaves the rest to `models.event`, which has the last word: a message is *plain* when
it is an object of ASCII strings without escapes, whole numbers of at most 18 digits, decimals without exponents, known
fields at most once and within their limits, and no nesting but lists of strings. Everything else, valid or not, is
refused here, and refusing costs time only. That plain messages mean the same to both is held by
`tests/models/account/test_scan.py`.

Measured on events of `provider-day`, 790 bytes and 10 template keys each: 1.5 us an event, where `msgspec` takes 5 and
columns of its objects take 12 more.

Names in this file: `words` is the text (`models.words`), `at` a position in it; functions return the position behind
what they read, or -1 when it is not plain. Messages are separated by newlines, which nothing plain contains.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"
# ruff: noqa: ANN001, ANN201, ANN202, D417

from __future__ import annotations

import numpy as np
from numba import njit

from models.account.exchange import CACHED, FAILED, FIRST_TURN, HAS_CONTENT, REFUSED, SIGNALLED, TOOLS
from models.decoding import INT64_MAX
from models.event import MAX_EVENT_BYTES, MAX_TEMPLATES, MAX_TS
from models.links import LinkKind
from models.words import digit_values, hash_text, kept, short_words, string_end, word_at

MAX_BLOCKS = 64  # presented in one request

_TEXT, _HASHED, _WHOLE, _DECIMAL, _TRUTH, _KIND_OF_IP, _KEYS, _VECTOR, _TEXTS, _BLOCKS, _RESERVED = range(11)
# Name, form, least and most: the length of a text, the size of a number, the length of a list.
_FIELDS = (
    ("event_id", _HASHED, 1, 64), ("ts", _WHOLE, 0, MAX_TS), ("account_id", _HASHED, 1, 128),
    ("model", _HASHED, 1, 128), ("input_tokens", _WHOLE, 0, INT64_MAX), ("output_tokens", _WHOLE, 0, INT64_MAX),
    ("org_id", _HASHED, 1, 128), ("session_id", _HASHED, 1, 128), ("status", _WHOLE, 100, 599),
    ("refused", _TRUTH, 0, 0), ("cached_tokens", _WHOLE, 0, INT64_MAX), ("reasoning_tokens", _WHOLE, 0, INT64_MAX),
    ("turn", _WHOLE, 1, INT64_MAX), ("tools", _WHOLE, 0, INT64_MAX), ("plan_tokens_per_day", _WHOLE, 0, INT64_MAX),
    ("account_created", _WHOLE, 0, INT64_MAX), ("client", _HASHED, 1, 128), ("ip", _HASHED, 1, 64),
    ("tls", _HASHED, 1, 64), ("payment", _HASHED, 1, 64), ("signup", _HASHED, 1, 64),
    ("templates", _KEYS, 0, MAX_TEMPLATES), ("content", _VECTOR, 88, 88), ("signals", _TEXTS, 0, 16),
    ("reasoning_in", _BLOCKS, 0, MAX_BLOCKS), ("reasoning_out", _HASHED, 1, 64), ("capability", _HASHED, 1, 64),
    ("key_id", _TEXT, 1, 128), ("end_user_id", _TEXT, 1, 128), ("endpoint", _TEXT, 1, 64),
    ("stop_reason", _TEXT, 1, 64),
    ("max_tokens", _WHOLE, 0, INT64_MAX), ("temperature", _DECIMAL, 0, 10), ("samples", _WHOLE, 1, INT64_MAX),
    ("latency_ms", _DECIMAL, 0, INT64_MAX), ("plan", _TEXT, 1, 64), ("asn", _WHOLE, 0, INT64_MAX),
    ("ip_type", _KIND_OF_IP, 0, 0),
    # Not of the contract, and what others make of a message (`Lines.marks`) must not find them in it.
    ("ts_ms", _RESERVED, 0, 0), ("account_created_ms", _RESERVED, 0, 0), ("content_base64", _RESERVED, 0, 0),
    ("org_id_or_null", _RESERVED, 0, 0),
)  # fmt: skip
_NAMES = [name for name, *_ in _FIELDS]
_FORMS, _LEAST, _MOST = (np.array(column) for column in list(zip(*_FIELDS, strict=True))[1:])
_ID, _TS, _ACCOUNT, _MODEL, _INPUT, _OUTPUT, _ORG, _SESSION, _STATUS, _REFUSED, _CACHED, _REASONING, _TURN = range(13)
_TOOLS, _PLAN, _CREATED, _CLIENT, _IP, _TLS, _PAYMENT, _SIGNUP, _TEMPLATES, _CONTENT, _SIGNALS, _IN = range(13, 25)
_OUT, _CAPABILITY = 25, 26
_REQUIRED = sum(1 << field for field in (_ID, _TS, _ACCOUNT, _MODEL, _INPUT, _OUTPUT))

_KINDS = {
    _IP: LinkKind.IP, _TLS: LinkKind.TLS, _PAYMENT: LinkKind.PAYMENT, _SIGNUP: LinkKind.SIGNUP,
    _IN: LinkKind.REASONING, _OUT: LinkKind.REASONING,
}  # fmt: skip
HASH_KINDS = [int(_KINDS.get(field, 0)) for field in range(len(_FIELDS))]
EVENT_ID = _ID
MARKED = ("ts", "account_created", "content")


_NAME_WORDS, _NAME_LENGTHS = short_words(_NAMES)
_IP_WORDS, _IP_LENGTHS = short_words(["residential", "datacenter", "vpn", "mobile", "unknown"])
_TRUE, _FALSE = short_words(["true", "fals"])[0][:, 0]
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_UNKNOWN = -1


def _table_of_names():
    """Return which field has which name, by the hash of its first word and its length; 256 places, probed in order."""
    table = np.full(256, _UNKNOWN)
    for field, (word, length) in enumerate(zip(_NAME_WORDS[:, 0].tolist(), _NAME_LENGTHS.tolist(), strict=True)):
        place = ((word ^ length) * int(_SPREAD) & 2**64 - 1) >> 56
        while table[place] != _UNKNOWN:
            place = (place + 1) % 256
        table[place] = field
    return table


_FIELD_OF = _table_of_names()
_HEX = digit_values("0123456789abcdef")
_BASE64 = digit_values("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


@njit(cache=True)
def _byte(words, at):
    return word_at(words, at) & np.uint64(0xFF)


@njit(cache=True)
def _skip(words, at):
    """Return the position of the next byte that is no space."""
    while _byte(words, at) == 0x20:
        at += 1
    return at


@njit(cache=True)
def _is_one_of(words, at, length, known, lengths):
    for i in range(known.shape[0]):
        if (
            lengths[i] == length
            and kept(word_at(words, at), length) == known[i, 0]
            and kept(word_at(words, at + 8), length - 8) == known[i, 1]
        ):
            return True
    return False


@njit(cache=True)
def _field_named(words, at, length):
    """Return the number of the field with the name of `length` bytes at `at`, or `_UNKNOWN`."""
    word = kept(word_at(words, at), length)
    place = ((word ^ np.uint64(length)) * _SPREAD) >> np.uint64(56)
    while _FIELD_OF[place] != _UNKNOWN:
        field = _FIELD_OF[place]
        if _NAME_LENGTHS[field] == length and _NAME_WORDS[field, 0] == word:
            same = length <= 8 or kept(word_at(words, at + 8), length - 8) == _NAME_WORDS[field, 1]
            if same and (length <= 16 or kept(word_at(words, at + 16), length - 16) == _NAME_WORDS[field, 2]):
                return field
        place = (place + np.uint64(1)) & np.uint64(0xFF)
    return _UNKNOWN


@njit(cache=True)
def _whole(words, at):
    """Read a whole number of at most 18 digits; return (position behind it, number)."""
    start, value = at, np.int64(0)
    while True:
        digit = np.int64(_byte(words, at)) - 48
        if digit < 0 or digit > 9:
            break
        value = 10 * value + digit
        at += 1
        if at - start > 18:
            return -1, 0
    if at == start or (at - start > 1 and _byte(words, start) == 48):
        return -1, 0
    return at, value


@njit(cache=True)
def _decimal(words, at, most):
    """Read a number below `most`, perhaps with a fraction, without an exponent."""
    at, value = _whole(words, at)
    if at < 0 or value >= most:
        return -1
    if _byte(words, at) == 0x2E:
        start = at = at + 1
        while 48 <= _byte(words, at) <= 57 and at - start < 30:
            at += 1
        if at == start:
            return -1
    return at


@njit(cache=True)
def _key(words, at):
    """Read 16 hexadecimal digits and the quote behind them; return (position behind it, number)."""
    value, seen = np.uint64(0), np.uint8(0)
    for part in range(2):
        word = word_at(words, at + 8 * part)
        for _ in range(8):
            digit = _HEX[word & np.uint64(0xFF)]
            seen |= digit
            value = value << np.uint64(4) | np.uint64(digit & 15)
            word >>= np.uint64(8)
    if seen == 255 or _byte(words, at + 16) != 0x22:
        return -1, value
    return at + 17, value


@njit(cache=True)
def _vector(words, at, content):
    """Read the base64 of 64 bytes and the quote behind it."""
    bits, held, made, seen = np.uint32(0), 0, 0, np.uint8(0)
    for place in range(86):
        digit = _BASE64[_byte(words, at + place)]
        seen |= digit
        bits = (bits << np.uint32(6) | np.uint32(digit & 63)) & np.uint32(0xFFFF)
        held += 6
        if held >= 8:
            held -= 8
            content[made] = np.int8(np.uint8(bits >> np.uint32(held) & np.uint32(0xFF)))
            made += 1
    # 86 digits are 64 bytes and 4 bits, which have to be 0; `==` and the quote follow.
    if seen == 255 or bits & np.uint32(15) != 0 or kept(word_at(words, at + 86), 3) != 0x223D3D:
        return -1
    return at + 89


@njit(cache=True)
def _texts(words, at, most, length, key, hashes, made):
    """Read a list of at most `most` texts of 1 to `length` bytes, and write their hashes where there is a key.

    Returns:
        (position behind it, texts read)
    """
    count = 0
    if _byte(words, at) != 0x5B:
        return -1, 0
    at = _skip(words, at + 1)
    if _byte(words, at) == 0x5D:
        return at + 1, 0
    while count < most and _byte(words, at) == 0x22:
        end = string_end(words, at + 1)
        if end <= at + 1 or end - at - 1 > length:
            return -1, 0
        if made >= 0:
            hashes[made + count] = hash_text(words, at + 1, end - at - 1, key)
        count += 1
        at = _skip(words, end + 1)
        if _byte(words, at) == 0x5D:
            return at + 1, count
        if _byte(words, at) != 0x2C:
            return -1, 0
        at = _skip(words, at + 1)
    return -1, 0


@njit(cache=True)
def _keys(words, at, keys, made):
    """Read a list of template keys; return (position behind it, keys read)."""
    count = 0
    if _byte(words, at) != 0x5B:
        return -1, 0
    at = _skip(words, at + 1)
    if _byte(words, at) == 0x5D:
        return at + 1, 0
    while count < MAX_TEMPLATES and _byte(words, at) == 0x22:
        at, keys[made + count] = _key(words, at + 1)
        if at < 0:
            return -1, 0
        count += 1
        at = _skip(words, at)
        if _byte(words, at) == 0x5D:
            return at + 1, count
        if _byte(words, at) != 0x2C:
            return -1, 0
        at = _skip(words, at + 1)
    return -1, 0


@njit(cache=True)
def _unknown_value(words, at):
    """Read a value that is ignored: a text, a whole number or decimal, true or false."""
    if _byte(words, at) == 0x22:
        end = string_end(words, at + 1)
        return end + 1 if end >= 0 else -1
    if kept(word_at(words, at), 4) == _TRUE:
        return at + 4
    if kept(word_at(words, at), 4) == _FALSE and _byte(words, at + 4) == 0x65:
        return at + 5
    return _decimal(words, at, INT64_MAX)


@njit(cache=True)
def _message(words, at, end, hash_keys, values, spans, marks, content, keys, made, blocks, found):
    """Read the message that ends at `end`.

    Args:
        values: To write to, per field: the number, the hash, the length of the list; 0 before.
        spans: To write to: where the account's and the organisation's names begin, and their lengths.
        marks: To write to: where the names of `MARKED` end.
        content, keys, blocks: To write vectors, template keys from `made` on, and reasoning blocks from `found` on to.

    Returns:
        Whether it is plain.
    """
    seen = np.int64(0)  # one bit per field
    at = _skip(words, at)
    if _byte(words, at) != 0x7B:
        return False
    while True:
        at = _skip(words, at + 1)
        if _byte(words, at) != 0x22:
            return False
        behind = string_end(words, at + 1)
        if behind < 0:
            return False
        field = _field_named(words, at + 1, behind - at - 1)
        if _byte(words, behind + 1) != 0x3A:
            return False
        at = _skip(words, behind + 2)
        if field == _UNKNOWN:
            at = _unknown_value(words, at)
        else:
            bit = np.int64(1) << field
            if seen & bit:
                return False
            seen |= bit
            if field == _TS:
                marks[0] = behind
            elif field == _CREATED:
                marks[1] = behind
            elif field == _CONTENT:
                marks[2] = behind
            form = _FORMS[field]
            if form == _RESERVED:
                return False
            if form in (_HASHED, _TEXT, _KIND_OF_IP):
                if _byte(words, at) != 0x22:
                    return False
                at += 1
                behind = string_end(words, at)
                length = behind - at
                if form == _KIND_OF_IP:
                    if behind < 0 or not _is_one_of(words, at, length, _IP_WORDS, _IP_LENGTHS):
                        return False
                elif behind < 0 or length < _LEAST[field] or length > _MOST[field]:
                    return False
                if form == _HASHED:
                    values[field] = np.int64(hash_text(words, at, length, hash_keys[field]))
                    if field == _ACCOUNT:
                        spans[0], spans[1] = at, length
                    elif field == _ORG:
                        spans[2], spans[3] = at, length
                at = behind + 1
            elif form == _WHOLE:
                at, value = _whole(words, at)
                if at < 0 or value < _LEAST[field] or value > _MOST[field]:
                    return False
                values[field] = value
            elif form == _DECIMAL:
                at = _decimal(words, at, _MOST[field])
            elif form == _TRUTH:
                values[field] = _byte(words, at) == 0x74
                at = _unknown_value(words, at) if kept(word_at(words, at), 4) in (_TRUE, _FALSE) else -1
            elif form == _KEYS:
                at, values[field] = _keys(words, at, keys, made)
            elif form == _VECTOR:
                if _byte(words, at) != 0x22:
                    return False
                at = _vector(words, at + 1, content)
                values[field] = 1
            elif form == _TEXTS:
                at, values[field] = _texts(words, at, _MOST[field], 64, hash_keys[field], blocks, -1)
            else:
                at, values[field] = _texts(words, at, _MOST[field], 64, hash_keys[field], blocks, found)
        if at < 0:
            return False
        at = _skip(words, at)
        if _byte(words, at) == 0x7D:
            break
        if _byte(words, at) != 0x2C:
            return False
    return _skip(words, at + 1) == end and seen & _REQUIRED == _REQUIRED


@njit(cache=True)
def scan(words, bounds, hash_keys, exchanges, spans, marks, keys, key_bounds, blocks, block_bounds, plain):
    """Read messages; message i is the text from `bounds[i]` to the byte before `bounds[i + 1]`, a newline.

    Args:
        hash_keys: Shape (fields, 2): the key of each field's hash.
        exchanges: To write to, zeros: dtype `EXCHANGE`.
        spans, marks: To write to, zeros: shape (n, 4), see `Columns`, and (n, 3), see `Lines`.
        keys, key_bounds, blocks, block_bounds: To write lists to, flat with bounds; what is not plain has none.
        plain: To write to: whether message i was read; what was not leaves its row in an undefined state.
    """
    values = np.zeros(_FORMS.shape[0], dtype=np.int64)
    made, found = 0, 0
    for i in range(bounds.shape[0] - 1):
        values[:] = 0
        values[_TURN], values[_STATUS] = 1, 200
        one = exchanges[i]
        at, end = bounds[i], bounds[i + 1] - 1
        plain[i] = end - at <= MAX_EVENT_BYTES and _message(
            words, at, end, hash_keys, values, spans[i], marks[i], one.content, keys, made, blocks, found
        )
        if plain[i]:
            made += values[_TEMPLATES]
            found += values[_IN]
            one.ts, one.event, one.session = values[_TS], np.uint64(values[_ID]), np.uint64(values[_SESSION])
            one.account, one.model, one.client = values[_ACCOUNT], values[_MODEL], values[_CLIENT]
            one.org = values[_ORG] if values[_ORG] != 0 else values[_ACCOUNT]
            one.input_tokens, one.output_tokens = values[_INPUT], values[_OUTPUT]
            one.cached_tokens, one.reasoning_tokens = values[_CACHED], values[_REASONING]
            one.ip, one.tls, one.payment, one.signup = values[_IP], values[_TLS], values[_PAYMENT], values[_SIGNUP]
            one.created, one.plan_tokens, one.reasoning_out = values[_CREATED], values[_PLAN], values[_OUT]
            one.capability = values[_CAPABILITY]
            one.flags = (
                FIRST_TURN * (values[_TURN] == 1)
                + FAILED * (values[_STATUS] >= 400)
                + REFUSED * (values[_REFUSED] != 0)
                + TOOLS * (values[_TOOLS] != 0)
                + CACHED * (values[_CACHED] != 0)
                + SIGNALLED * (values[_SIGNALS] != 0)
                + HAS_CONTENT * (values[_CONTENT] != 0)
            )
        key_bounds[i + 1], block_bounds[i + 1] = made, found
