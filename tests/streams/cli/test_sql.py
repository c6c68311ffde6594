"""`stillwatch sql` as people call it."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli.main import main
from streams.store import migrations
from streams.store.embedded import EmbeddedStore
from tests.serving import serving

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `detect --out` leaves: a directory with a store in it, which nobody has open."""
    out = tmp_path_factory.mktemp("run")
    with EmbeddedStore(out / "store") as store:
        migrations.apply(store.client(database=None))
    return out


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A store that another process has open, and the URL where it answers."""
    path = tmp_path_factory.mktemp("served") / "store"
    with serving(path) as url:
        yield path, url


def sql(*arguments: str, stdin: str | None = None, **environ: str) -> Result:
    return CliRunner().invoke(main, ["sql", *arguments], input=stdin, env={"COLUMNS": "120", **environ})


def test_elsewhere_than_on_a_terminal_rows_are_tab_separated(directory: Path) -> None:
    result = sql("SELECT 1 AS a, 'x\ty' AS b;", "--store", str(directory / "store"))
    assert (result.exit_code, result.stdout) == (0, "a\tb\n1\tx\\ty\n")


def test_what_detect_wrote_is_found_by_its_directory(directory: Path) -> None:
    result = sql("SELECT currentDatabase(), count() FROM v_campaigns", "--store", str(directory))
    assert result.stdout.splitlines()[1] == "stillwatch\t0"


def test_the_store_of_the_settings_is_the_default(directory: Path) -> None:
    assert sql("SELECT count() FROM alerts", STILLWATCH_DATA_DIR=str(directory)).stdout == "count()\n0\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("csv", '"a","b"\n1,"it""s"\n'),
        ("jsonl", '{"a":1,"b":"it\\"s"}\n'),
        ("tsv", 'a\tb\n1\tit"s\n'),
        ("CSV", '1,"it""s"\n'),
    ],
)
def test_formats(directory: Path, name: str, expected: str) -> None:
    assert sql("SELECT 1 AS a, 'it\"s' AS b", "--store", str(directory), "--format", name).stdout == expected


def test_formats_hold_what_they_say(directory: Path) -> None:
    query = ("SELECT number, [number] AS list FROM numbers(2)", "--store", str(directory), "--format")
    assert json.loads(sql(*query, "json").stdout)["data"] == [{"number": 0, "list": [0]}, {"number": 1, "list": [1]}]
    assert list(csv.reader(sql(*query, "csv").stdout.splitlines()))[1] == ["0", "[0]"]
    assert "│" in sql(*query, "table").stdout
    assert sql(f"{query[0]} FORMAT JSONCompactEachRow", *query[1:], "csv").stdout == "[0, [0]]\n[1, [1]]\n"


def test_a_long_table_says_what_it_leaves_out(directory: Path) -> None:
    shown = sql("SELECT number FROM numbers(1001)", "--store", str(directory), "--format", "table")
    assert "the first 1,000 of 1,001 rows" in shown.stderr
    assert "999" in shown.stdout


def test_sql_comes_from_standard_input(directory: Path) -> None:
    assert sql("-", "--store", str(directory), stdin="SELECT 1 -- one\n").stdout == "1\n1\n"


def test_an_analyst_says_what_they_found(directory: Path) -> None:
    columns, values = "entity_type, entity_id, verdict, analyst, note", "'campaign', 'c', 'benign', 'kim', '%'"
    label = f"INSERT INTO labels ({columns}) VALUES ({values})"
    written = sql(label, "--store", str(directory))
    assert (written.exit_code, written.stdout) == (0, "")
    assert sql("SELECT verdict, note FROM v_labels", "--store", str(directory)).stdout == "verdict\tnote\nbenign\t%\n"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("selec 1", "Error: Code: 62. DB::Exception: Syntax error"),
        ("SELECT * FROM nowhere", "(UNKNOWN_TABLE)"),
        ("INSERT INTO labels (verdict) VALUES ('bening')", "(UNKNOWN_ELEMENT_OF_ENUM)"),
    ],
)
def test_errors_are_those_of_clickhouse(directory: Path, query: str, message: str) -> None:
    result = sql(query, "--store", str(directory))
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stdout == ""
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("query", ["", " -- nothing", "SELECT 1; SELECT 2"])
def test_wrong_use(directory: Path, query: str) -> None:
    assert sql(query, "--store", str(directory)).exit_code == 2


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    result = sql("SELECT 1", "--store", str(tmp_path / "none"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no store at" in result.stderr
    assert not (tmp_path / "none").exists()


def test_a_store_that_another_process_owns_is_asked_through_it(served: tuple[Path, str]) -> None:
    path, url = served
    for store in (url, str(path)):
        assert sql("SELECT 6 * 7 AS a", "--store", f"{store}").stdout == "a\n42\n"
    missing = sql("SELECT * FROM nowhere", "--store", url)
    assert (missing.exit_code, missing.stderr.startswith("Error: Code: 60.")) == (1, True)
    assert url not in missing.stderr


def test_a_store_whose_owner_answers_nowhere_says_so(served: tuple[Path, str]) -> None:
    path, _ = served
    (path / "endpoint").rename(path / "endpoint.kept")
    try:
        result = sql("SELECT 1", "--store", str(path))
    finally:
        (path / "endpoint.kept").rename(path / "endpoint")
    assert result.exit_code == 1
    assert "is in use by process" in result.stderr


def test_a_reader_that_leaves_early_is_no_error(directory: Path) -> None:
    arguments = ["sql", "SELECT number FROM numbers(1000000)", "--store", str(directory)]
    script = f"from streams.cli.main import main; main({arguments!r})"
    read, write = os.pipe()
    with subprocess.Popen([sys.executable, "-c", script], stdout=write, stderr=subprocess.PIPE, text=True) as process:
        os.close(write)
        os.read(read, 10)
        os.close(read)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
