"""Environment over file over defaults, and every way to be wrong is named."""

from pathlib import Path

import pytest

from models.policy import Policy
from streams.settings import Secret, Settings, SettingsError, load_settings

KEY = "sixteen bytes ok"
PASSWORD = "hunter2"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty directory, so that no stillwatch.toml of the developer counts."""
    monkeypatch.chdir(tmp_path)


def written(tmp_path: Path, text: str, name: str = "stillwatch.toml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def message_of(environ: dict[str, str], path: Path | None = None) -> str:
    with pytest.raises(SettingsError) as error:
        load_settings(path, environ)
    return str(error.value)


def test_defaults() -> None:
    settings = load_settings(environ={})
    assert settings == Settings()
    assert settings.kafka_embedded
    assert settings.clickhouse_embedded
    assert (settings.partitions, settings.http_host, settings.http_port) == (4, "127.0.0.1", 8123)
    assert (settings.insert_rows, settings.insert_seconds, settings.lateness_seconds) == (10_000, 1.0, 600)
    assert settings.detection == Policy()


def test_environment_over_file_over_defaults(tmp_path: Path) -> None:
    written(tmp_path, "partitions = 8\nfetch_events = 7\n[detection]\nmin_accounts = 5\n")
    settings = load_settings(environ={"STILLWATCH_PARTITIONS": "16", "STILLWATCH_DETECTION_MIN_DEDICATION": "0.5"})
    assert (settings.partitions, settings.fetch_events, settings.insert_rows) == (16, 7, 10_000)
    assert settings.detection == Policy(min_accounts=5, min_dedication=0.5)


def test_file_is_the_given_one_or_the_named_one_or_the_one_here(tmp_path: Path) -> None:
    given, named = written(tmp_path, "partitions = 1", "given.toml"), written(tmp_path, "partitions = 2", "named.toml")
    written(tmp_path, "partitions = 3")
    assert load_settings(given, {"STILLWATCH_CONFIG": str(named)}).partitions == 1
    assert load_settings(environ={"STILLWATCH_CONFIG": str(named)}).partitions == 2
    assert load_settings(environ={}).partitions == 3


@pytest.mark.parametrize(
    ("environ", "store_events"),
    [
        ({}, True),
        ({"STILLWATCH_CLICKHOUSE": "clickhouse://db:8123/stillwatch"}, False),
        ({"STILLWATCH_CLICKHOUSE": "clickhouse://db:8123/stillwatch", "STILLWATCH_STORE_EVENTS": "true"}, True),
        ({"STILLWATCH_STORE_EVENTS": "false"}, False),
    ],
)
def test_events_are_stored_on_the_embedded_store_unless_said(environ: dict[str, str], store_events: bool) -> None:
    assert load_settings(environ=environ).store_events is store_events


def test_data_dir_is_the_users(tmp_path: Path) -> None:
    assert load_settings(environ={"XDG_STATE_HOME": str(tmp_path)}).data_dir == tmp_path / "stillwatch"
    assert load_settings(environ={"STILLWATCH_DATA_DIR": "~/x"}).data_dir == Path.home() / "x"


def test_key_comes_from_the_environment_or_from_its_file(tmp_path: Path) -> None:
    file = written(tmp_path, f"{KEY} of the file\n", "key")
    config = written(tmp_path, f"sketch_key_file = '{file}'")
    assert load_settings(config, {}).required_sketch_keys().current.reveal() == f"{KEY} of the file".encode()
    assert load_settings(config, {"STILLWATCH_SKETCH_KEY": KEY}).sketch_key == Secret(KEY)
    with pytest.raises(SettingsError, match="STILLWATCH_SKETCH_KEY"):
        Settings().required_sketch_keys()


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("STILLWATCH_PARTITIONS", "four", "a whole number, at least 1"),
        ("STILLWATCH_PARTITIONS", "0", "at least 1"),
        ("STILLWATCH_PARTITIONS", "", "at least 1"),
        ("STILLWATCH_KAFKA", "", "host:port"),
        ("STILLWATCH_KAFKA", "broker", "host:port"),
        ("STILLWATCH_KAFKA", "a:1,b", "host:port"),
        ("STILLWATCH_CLICKHOUSE", "db", "clickhouse://"),
        ("STILLWATCH_INSERT_SECONDS", "nan", "a number, above 0"),
        ("STILLWATCH_INSERT_SECONDS", "inf", "a number, above 0"),
        ("STILLWATCH_STORE_EVENTS", "maybe", "true or false"),
        ("STILLWATCH_GROUP_ID", "a b", "letters, digits"),
        ("STILLWATCH_HTTP_HOST", "0.0.0.0/0", "of this machine"),
        ("STILLWATCH_DATA_DIR", "", "a path"),
        ("STILLWATCH_DETECTION_MIN_ACCOUNTS", "1", "at least 2"),
        ("STILLWATCH_DETECTION_FALSE_ALARMS_PER_MONTH", "inf", "above 0"),
    ],
)
def test_wrong_variable_is_named_with_value_and_what_is_allowed(variable: str, value: str, allowed: str) -> None:
    message = message_of({variable: value})
    assert f"{variable} = {value!r} in the environment is not allowed" in message
    assert allowed in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('partitions = "8"', "partitions = '8' in stillwatch.toml is not allowed"),
        ("partitions = true", "partitions = True in stillwatch.toml"),
        ("partitions = 1.5", "partitions = 1.5"),
        ("kafka = 7", "kafka = 7"),
        ("data_dir = 7", "data_dir = 7"),
        ("detection = 7", "detection in stillwatch.toml is no setting"),
        ("[detection]\nmin_accounts = 'x'", "detection.min_accounts = 'x'"),
        ("partitons = 8", "partitons in stillwatch.toml is no setting; did you mean partitions?"),
        ("[detection]\nmin_acounts = 8", "did you mean detection.min_accounts?"),
        ("min_accounts = 8", "did you mean detection.min_accounts?"),
        ("zzz = 8", "`stillwatch --help` lists all settings"),
        ("[kafka]\nservers = 'x'", "kafka = {'servers': 'x'}"),
        ("partitions = ", "is not TOML"),
    ],
)
def test_wrong_file_is_named_with_value(tmp_path: Path, text: str, expected: str) -> None:
    written(tmp_path, text)
    assert expected in message_of({})


def test_missing_and_undecodable_files_are_named(tmp_path: Path) -> None:
    assert "nowhere.toml cannot be read" in message_of({"STILLWATCH_CONFIG": "nowhere.toml"})
    (tmp_path / "stillwatch.toml").write_bytes(b"kafka = '\xff'")
    assert "is not TOML" in message_of({})
    assert "cannot be read" in message_of({"STILLWATCH_SKETCH_KEY_FILE": "nowhere"}, written(tmp_path, "", "empty"))


def test_unknown_variable_has_a_suggestion() -> None:
    assert message_of({"STILLWATCH_PARTITION": "8"}).endswith("did you mean STILLWATCH_PARTITIONS?")
    assert load_settings(environ={"STILL_LIFE": "8", "STILLWATCHING": "x"}) == Settings()


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    written(tmp_path, "partitions = 0\nunknown_thing = 1")
    assert len(message_of({"STILLWATCH_HTTP_PORT": "x", "STILLWATCH_KAFKA": "y"}).splitlines()) == 4


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{!r:>9}".format])
def test_secrets_are_never_shown(show: object, tmp_path: Path) -> None:
    assert callable(show)
    dsn = f"clickhouse://me:{PASSWORD}@db:8123/x?password={PASSWORD}"
    settings = load_settings(environ={"STILLWATCH_SKETCH_KEY": KEY, "STILLWATCH_CLICKHOUSE": dsn})
    assert KEY not in show(settings)
    assert PASSWORD not in show(settings)
    assert show(settings.sketch_key).strip() == "***"
    short = written(tmp_path, "short", "key")
    for environ in (
        {"STILLWATCH_SKETCH_KEY": "short"},
        {"STILLWATCH_CLICKHOUSE": f"clickhouse:me:{PASSWORD}@db", "STILLWATCH_SKETCH_KEY": KEY},
        {"STILLWATCH_SKETCH_KEY_FILE": str(short)},
    ):
        assert "'short'" not in message_of(environ)
        assert PASSWORD not in message_of(environ)
    assert KEY not in message_of({}, written(tmp_path, f"sketch_key = '{KEY}'"))


def test_secret_cannot_be_pickled() -> None:
    import pickle

    with pytest.raises(TypeError, match="not serialised"):
        pickle.dumps(Secret(KEY))


def test_the_key_before_is_a_secret_too_and_needs_one_that_follows(tmp_path: Path) -> None:
    file = tmp_path / "old"
    file.write_text("the key that is taken away\n")
    old, new = {"STILLWATCH_SKETCH_KEY_PREVIOUS_FILE": str(file)}, {"STILLWATCH_SKETCH_KEY": "the key that comes next"}
    settings = load_settings(environ=old | new)
    assert settings.required_sketch_keys().reveal() == (b"the key that comes next", b"the key that is taken away")
    assert "taken away" not in repr(settings)
    with pytest.raises(SettingsError, match="sketch_key is not"):
        load_settings(environ=old)
    with pytest.raises(SettingsError, match="the same as sketch_key"):
        load_settings(environ=new | {"STILLWATCH_SKETCH_KEY_PREVIOUS": "the key that comes next"})
    config = tmp_path / "stillwatch.toml"
    config.write_text('sketch_key_previous = "the key that is taken away"')
    with pytest.raises(SettingsError, match="is refused"):
        load_settings(config, {})
