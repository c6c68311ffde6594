"""The file through which the engine in a process reads what is inserted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import NamedTemporaryFile

from streams.store.refusals import NOT_ENOUGH_SPACE, EngineError, refuse


@contextmanager
def infile(data: bytes) -> Iterator[str]:
    """Give the path of a file with `data` in it that ends with the block.

    Raises:
        EngineError: There is no room for it, which passes as a full disk of the engine does.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(NamedTemporaryFile(prefix="stillwatch-insert-", buffering=0))
            left = memoryview(data)
            while left:
                left = left[file.write(left) :]
        except OSError as error:
            raise _no_file(error) from None
        yield file.name


def _no_file(error: OSError) -> EngineError:
    return refuse(NOT_ENOUGH_SPACE, f"temporary files (TMPDIR) cannot be written: {error.strerror}. Make room there")
