"""ClickHouse's protocol over TLS: the settings' DSN and files against an endpoint whose authority is made here."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from streams.settings import Settings, SettingsError, load_settings
from streams.store.access import Access
from streams.store.admission import tls_of
from streams.store.connect import connect
from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreError
from streams.store.http import StoreServer

pytestmark = pytest.mark.embedded
TOKEN = "an open door is a secret"


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and the certificate of this machine that it signed."""
    folder = tmp_path_factory.mktemp("tls")
    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    openssl(*new, "-subj", "/CN=authority", "-keyout", folder / "ca.key", "-out", folder / "ca.pem")
    request = ("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost")
    openssl(*request, "-keyout", folder / "key.pem", "-out", folder / "request.pem")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost")
    signed = ("x509", "-req", "-days", "2", "-in", folder / "request.pem", "-extfile", folder / "names")
    by = ("-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial")
    openssl(*signed, *by, "-out", folder / "certificate.pem")
    return folder


@pytest.fixture
async def secure(migrated: EmbeddedStore, files: Path) -> AsyncIterator[StoreServer]:
    settings = Settings(http_certificate_file=files / "certificate.pem", http_key_file=files / "key.pem")
    async with StoreServer(migrated, access=Access(token=TOKEN), tls=tls_of(settings)) as server:
        yield server


def dsn(server: StoreServer, options: str = "") -> str:
    return f"clickhouses://writer@{urlsplit(server.url).netloc}/stillwatch{options}"


async def test_the_settings_reach_it(secure: StoreServer, files: Path, tmp_path: Path) -> None:
    assert secure.url.startswith("https://127.0.0.1:")
    password = tmp_path / "password"
    password.write_text(TOKEN + "\n")
    environ = {
        "STILLWATCH_CLICKHOUSE": dsn(secure, f"?ca_cert={files / 'ca.pem'}"),
        "STILLWATCH_CLICKHOUSE_PASSWORD_FILE": str(password),
    }
    settings = load_settings(environ=environ)
    assert TOKEN.split()[-1] not in repr(settings)

    def ask() -> object:
        with connect(settings.clickhouse) as client:
            return client.command("SELECT count() FROM campaigns")

    assert await asyncio.to_thread(ask) == 0


async def test_an_authority_that_is_not_trusted_is_an_error_without_the_password(secure: StoreServer) -> None:
    with pytest.raises(StoreError, match="certificate verify failed") as refused:
        await asyncio.to_thread(connect, dsn(secure).replace("writer@", "writer:hunter2@"))
    assert "hunter2" not in str(refused.value)


async def test_without_tls_nobody_answers(secure: StoreServer, files: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        await asyncio.to_thread(connect, dsn(secure).replace("clickhouses", "clickhouse"))


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    settings = Settings(http_certificate_file=tmp_path / "empty.pem", http_key_file=tmp_path / "empty.pem")
    with pytest.raises(StoreError, match=r"http_certificate_file = .*empty\.pem.* cannot be used"):
        tls_of(settings)
    with pytest.raises(SettingsError, match="belong together"):
        load_settings(environ={"STILLWATCH_HTTP_KEY_FILE": "key.pem"})
