"""Who sees the console: as the endpoint on the same port, and a browser is asked for the token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from streams.store.access import Access
from streams.store.refusals import AUTHENTICATION_FAILED, EngineError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ASK = {"WWW-Authenticate": 'Basic realm="Stillwatch: any name, and the token as the password", charset="UTF-8"'}


def guarded(handle: Handler, access: Access, refused: Callable[[str, int], web.Response]) -> Handler:
    """Answer only callers who are admitted.

    Args:
        handle: Answers them.
        access: Says who they are.
        refused: Makes the answer to others, of words and a status.
    """

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            access.admit(request.headers, {})  # a token in a URL would stay in the browser's history
        except EngineError as error:
            unknown = error.code == AUTHENTICATION_FAILED[0]
            response = refused(str(error), 401 if unknown else 403)
            response.headers.update(ASK if unknown else {})
            return response
        return await handle(request)

    return answer
