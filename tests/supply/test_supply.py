"""The audit finds what it is for: withdrawn pins, other hashes, vulnerabilities; and says when nobody answers.

The tools are the real ones; an index and a source of advisories of our own stand on loopback in place of
the public ones.
"""

import json
import os
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from tests.supply.advisories import Finding, ask_sources, weigh
from tests.supply.bill import BillError, write_bill
from tests.supply.ignored import Ignored, read_ignored
from tests.supply.lock import ROOT, RUNTIME, Lock
from tests.supply.registry import ask_index

HASH, OTHER = "a" * 64, "b" * 64
TODAY = date(2026, 11, 24)
FOUND = Finding("sound", "1.0", ("PYSEC-2026-1", "CVE-2026-1"), ("1.1",))


def lock_of(folder: Path, *pins: str, digest: str = HASH) -> Lock:
    file = folder / "some.lock"
    file.write_text("".join(f"{pin} \\\n    --hash=sha256:{digest}\n" for pin in pins))
    return Lock(file)


Serve = Callable[[Callable[[str, bytes], object]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers on loopback that answer JSON; None is 404."""
    running = []

    def start(answer: Callable[[str, bytes], object]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = answer(self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))))
                body = json.dumps(found).encode()
                self.send_response(404 if found is None else 200)
                self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815  # the name that the base class looks for

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def release(path: str, _: bytes) -> object:
    """Two packages, one of them withdrawn."""
    name = path.strip("/").rpartition("/")[2]
    if name not in ("sound", "withdrawn"):
        return None
    file = {
        "filename": f"{name}-1.0-py3-none-any.whl",
        "url": f"{name}-1.0-py3-none-any.whl",
        "hashes": {"sha256": HASH},
    }
    if name == "withdrawn":
        file["yanked"] = "breaks everything"
    return {"meta": {"api-version": "1.1"}, "name": name, "versions": ["1.0"], "files": [file]}


def through(url: str) -> dict[str, str]:
    return os.environ | {"UV_DEFAULT_INDEX": f"{url}/simple", "UV_HTTP_RETRIES": "0"}


def test_a_sound_pin_is_no_problem(tmp_path: Path, serve: Serve) -> None:
    assert ask_index(lock_of(tmp_path, "sound==1.0"), through(serve(release))) == (None, ())


def test_a_withdrawn_pin_and_another_hash_are(tmp_path: Path, serve: Serve) -> None:
    environment = through(serve(release))
    [problem] = ask_index(lock_of(tmp_path, "withdrawn==1.0"), environment).problems
    assert problem == "withdrawn 1.0 was withdrawn: breaks everything"
    [problem] = ask_index(lock_of(tmp_path, "sound==1.0", digest=OTHER), environment).problems
    assert problem == "sound 1.0 has other hashes in the index than in some.lock"
    [problem] = ask_index(lock_of(tmp_path, "sound==1.1"), environment).problems
    assert "sound==1.1" in problem


def test_an_index_that_does_not_answer_is_not_taken_for_a_clean_one(tmp_path: Path) -> None:
    answer = ask_index(lock_of(tmp_path, "sound==1.0"), through("http://127.0.0.1:9"))
    assert answer.silent is not None
    assert answer.problems == ()


def advisories(_: str, body: bytes) -> object:
    query = json.loads(body)
    name = query["package"]["name"]
    if name != "sound":
        return {}
    affected = [{"package": query["package"], "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "1.1"}]}]}]
    return {"vulns": [{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "summary": "bad", "affected": affected}]}


def source(url: str) -> list[tuple[str, tuple[str, ...]]]:
    return [("ours", ("--vulnerability-service", "osv", "--osv-url", url))]


def test_a_vulnerability_is_found(tmp_path: Path, serve: Serve) -> None:
    answer = ask_sources(lock_of(tmp_path, "sound==1.0", "other==2.0"), source(serve(advisories)))
    assert (answer.source, answer.known, answer.findings) == ("ours", 2, (FOUND,))


def test_a_source_that_does_not_answer_is_passed_over_and_named(tmp_path: Path, serve: Serve) -> None:
    lock = lock_of(tmp_path, "sound==1.0")
    answer = ask_sources(lock, [("gone", source("http://127.0.0.1:9/v1/query")[0][1]), *source(serve(advisories))])
    assert answer.source == "ours"
    [why] = answer.silent
    assert why.startswith("gone: ")


def test_a_source_that_knows_none_of_the_packages_has_not_answered(tmp_path: Path) -> None:
    """So it is with an index that has files and no advisories: pip-audit ends well, having looked at nothing."""
    lock = lock_of(tmp_path, "no-such-package-as-this-one==1.0")
    answer = ask_sources(lock, [("nobody", ("--vulnerability-service", "pypi"))])
    assert (answer.source, answer.findings) == (None, ())
    assert answer.silent[0].startswith("nobody: ")


def test_what_nobody_let_pass_stands_against_a_change() -> None:
    assert weigh([FOUND], [], TODAY) == ["sound 1.0: PYSEC-2026-1 = CVE-2026-1; fixed in 1.1"]
    passed = Ignored("CVE-2026-1", "sound", "only in a part that nothing here uses", TODAY)
    assert weigh([FOUND], [passed], TODAY) == []
    assert weigh([], [passed], TODAY) == ["sound: CVE-2026-1 is no longer reported: take it out of ignored.toml"]
    assert weigh([FOUND], [passed], date(2026, 11, 25)) == ["sound: CVE-2026-1 was let pass until 2026-11-24"]
    assert len(weigh([FOUND], [msgspec.structs.replace(passed, package="another")], TODAY)) == 2


def test_every_entry_says_why(tmp_path: Path) -> None:
    assert all(one.reason for one in read_ignored())
    file = tmp_path / "ignored.toml"
    file.write_text('[[ignored]]\nid = "PYSEC-2026-1"\npackage = "a"\nreason = "fine"\nuntil = 2027-01-31\n')
    with pytest.raises(msgspec.ValidationError, match="say why"):
        read_ignored(file)


def test_the_bill_lists_every_pin_with_its_hashes(tmp_path: Path) -> None:
    lock = Lock(ROOT / RUNTIME)
    assert write_bill(lock, tmp_path / "bill.json") == len(lock.entries)
    bill = json.loads((tmp_path / "bill.json").read_text())
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "stillwatch")


def test_a_bill_that_leaves_out_a_pin_is_none(tmp_path: Path) -> None:
    lock = lock_of(tmp_path, "sound==1.0")
    lock.hashes["unlisted", "1.0"] = {HASH}
    with pytest.raises(BillError, match="unlisted"):
        write_bill(lock, tmp_path / "bill.json")
