"""What the engine refused, and the HTTP status with which a ClickHouse server says so."""

from __future__ import annotations

import re

# Codes and names: ClickHouse, src/Common/ErrorCodes.cpp.
NOT_IMPLEMENTED = (48, "NOT_IMPLEMENTED")
SYNTAX_ERROR = (62, "SYNTAX_ERROR")
READONLY = (164, "READONLY")
TOO_MANY_SIMULTANEOUS_QUERIES = (202, "TOO_MANY_SIMULTANEOUS_QUERIES")
CANNOT_DECOMPRESS = (271, "CANNOT_DECOMPRESS")
NOT_ENOUGH_SPACE = (243, "NOT_ENOUGH_SPACE")
SESSION_NOT_FOUND = (372, "SESSION_NOT_FOUND")
SESSION_IS_LOCKED = (373, "SESSION_IS_LOCKED")
TOO_LARGE = (390, "REQUEST_ENTITY_TOO_LARGE")
ACCESS_DENIED = (497, "ACCESS_DENIED")
AUTHENTICATION_FAILED = (516, "AUTHENTICATION_FAILED")
UNKNOWN = (1002, "UNKNOWN_EXCEPTION")

# A server maps each code to a status (ClickHouse, src/Server/HTTP/exceptionCodeToHTTPStatus.cpp). Clients act on the
# class of the status and read the code from its header, so what is not listed is 500, as there.
_STATUS = {
    400: (6, 25, 26, 27, 33, 36, 38, 41, 42, 43, 44, 53, 57, 62, 69, 70, 72, 117, 130, 131, 271, 386, 456, 457, 691),
    403: (291, 492, 497, 516),
    404: (46, 47, 50, 56, 60, 63, 73, 75, 81, 84, 115, 372),
    413: (161, 390),
    501: (48,),
    503: (202,),
}
_STATUS_OF = {code: status for status, codes in _STATUS.items() for code in codes}
_CODE = re.compile(r"Code: (\d+)\. ")


class EngineError(Exception):
    """A statement was refused.

    Attributes:
        code: ClickHouse's number of the reason.
    """

    def __init__(self, code: int, text: str) -> None:
        """Keep the code and the text, `Code: 62. DB::Exception: ... (SYNTAX_ERROR)`."""
        self.code = code
        super().__init__(text)

    @property
    def status(self) -> int:
        """The HTTP status that belongs to the code."""
        return _STATUS_OF.get(self.code, 500)


def refuse(reason: tuple[int, str], message: str) -> EngineError:
    """Return an error as a server words it.

    >>> refuse(READONLY, "Cannot execute query in readonly mode.").args
    ('Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY)',)
    """
    code, name = reason
    return EngineError(code, f"Code: {code}. DB::Exception: {message} ({name})")


def from_engine(error: Exception) -> EngineError:
    """Return the engine's own error, whatever chDB wrapped it in."""
    text = str(error)
    found = _CODE.search(text)
    if found is None:
        return refuse(UNKNOWN, text or type(error).__name__)
    return EngineError(int(found[1]), text[found.start() :].strip())
