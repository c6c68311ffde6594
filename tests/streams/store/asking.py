"""Raw requests to an endpoint."""

import http.client
from typing import Any
from urllib.parse import urlencode, urlsplit

from streams.store.http import StoreServer


def address(server: StoreServer) -> dict[str, Any]:
    parts = urlsplit(server.url)
    return {"host": parts.hostname, "port": parts.port}


class Answer:
    """What a raw request got."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def ask(server: StoreServer, method: str, path: str = "/", body: bytes | None = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection(**address(server))
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def post(server: StoreServer, sql: str | bytes, **fields: str) -> Answer:
    return ask(server, "POST", f"/?{urlencode(fields)}", sql.encode() if isinstance(sql, str) else sql)
