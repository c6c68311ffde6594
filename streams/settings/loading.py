"""Reads the settings: environment over file over defaults. Everything that is wrong is reported at once."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from models.policy import Policy
from streams.settings.catalogue import CONFIG_VARIABLE, PREFIX, SECTIONS, Setting, catalogue
from streams.settings.errors import SettingsError
from streams.settings.model import EMBEDDED, Settings, state_dir
from streams.settings.secret import Password, Secret, redact
from streams.settings.security import check_security

SECRETS = ("sketch_key", "sketch_key_previous", "kafka_password", "http_token")
DEFAULT_FILE = Path("stillwatch.toml")


class _Stated(NamedTuple):
    """A value as somebody wrote it: for which setting, under which name, and where."""

    setting: Setting
    value: object
    name: str
    origin: str


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings: variables `STILLWATCH_*` over the TOML file over defaults.

    Args:
        path: The TOML file. Without it, the one that `STILLWATCH_CONFIG` names, or else `stillwatch.toml` in
            the working directory where there is one.
        environ: The environment.

    Raises:
        SettingsError: A setting is unknown or its value not allowed, or the file cannot be read.
    """
    problems: list[str] = []
    stated = {one.setting.key: one for one in _from_file(path, environ, problems)}
    stated |= {one.setting.key: one for one in _from_environ(environ, problems)}
    values: dict[str, Any] = {}
    for one in stated.values():
        try:
            values[one.setting.key] = _convert(one)
        except SettingsError as error:
            problems.append(str(error))
    if problems:
        raise SettingsError("\n".join(problems))
    return _assemble(values, environ)


def _assemble(values: dict[str, Any], environ: Mapping[str, str]) -> Settings:
    """Fill in the defaults that depend on other settings, and build the structs."""
    for name in ("sketch_key", "sketch_key_previous", "http_token"):
        if name not in values and f"{name}_file" in values:
            values[name] = _read_secret(values[f"{name}_file"], f"{name}_file")
    if "kafka_password" not in values and "kafka_password_file" in values:
        values["kafka_password"] = Password(_read(values["kafka_password_file"], "kafka_password_file"))
    if "clickhouse_password_file" in values:
        password = _read(values["clickhouse_password_file"], "clickhouse_password_file").decode()
        values["clickhouse"] = _with_password(values.get("clickhouse", EMBEDDED), password)
    check_security(values)
    values.setdefault("data_dir", state_dir(environ))
    values.setdefault("store_events", values.get("clickhouse", EMBEDDED) == EMBEDDED)
    detection = {key.removeprefix("detection."): value for key, value in values.items() if "." in key}
    top = {key: value for key, value in values.items() if "." not in key}
    return Settings(**top, detection=Policy(**detection))


def _from_environ(environ: Mapping[str, str], problems: list[str]) -> Iterable[_Stated]:
    by_variable = {setting.variable: setting for setting in catalogue().values()}
    for variable, value in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        if variable in by_variable:
            yield _Stated(by_variable[variable], value, variable, "the environment")
        else:
            problems.append(f"{variable} is no setting{_hint(variable, [*by_variable, CONFIG_VARIABLE])}")


def _from_file(path: Path | None, environ: Mapping[str, str], problems: list[str]) -> Iterable[_Stated]:
    file = path or (Path(environ[CONFIG_VARIABLE]) if CONFIG_VARIABLE in environ else None)
    if file is None and not DEFAULT_FILE.is_file():
        return
    file = file or DEFAULT_FILE
    for key, value in _flat(_read_toml(file)):
        if key not in catalogue():
            problems.append(f"{key} in {file} is no setting{_hint(key, [*catalogue(), *filter(None, SECTIONS)])}")
        elif key in SECRETS:
            problems.append(
                f"{key} = *** in {file} is refused: a file like this is easily shared; set"
                f" {catalogue()[key].variable}, or name a file of its own with {key}_file"
            )
        else:
            yield _Stated(catalogue()[key], value, key, str(file))


def _read_toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings file {file} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise SettingsError(f"the settings file {file} is not TOML: {error}") from error


def _flat(tables: dict[str, object]) -> Iterable[tuple[str, object]]:
    for key, value in tables.items():
        if key in SECTIONS and isinstance(value, dict):
            yield from ((f"{key}.{inner}", setting) for inner, setting in value.items())
        else:
            yield key, value


def _convert(one: _Stated) -> object:
    """Return the value in the type of its setting.

    Raises:
        SettingsError: It is not allowed.
    """
    # Text is all an environment has; a file says which type it means.
    strict = one.origin != "the environment"
    try:
        value = msgspec.convert(one.value, one.setting.type, strict=strict, dec_hook=_decode)
    except msgspec.ValidationError:
        raise _not_allowed(one) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise _not_allowed(one)
    return value


def _decode(kind: type, value: object) -> object:
    if not isinstance(value, str) or not value:
        raise ValueError("expected text")
    if kind is Path:
        return Path(value).expanduser()
    return Password(value) if kind is Password else Secret(value)


def _not_allowed(one: _Stated) -> SettingsError:
    value = redact(one.value) if isinstance(one.value, str) else one.value
    shown = "***" if one.setting.key in SECRETS else repr(value)
    allowed = one.setting.allowed
    return SettingsError(f"{one.name} = {shown} in {one.origin} is not allowed; allowed: {allowed}")


def _read_secret(file: Path, name: str) -> Secret:
    read = _read(file, name)
    try:
        return Secret(read)
    except ValueError as error:
        raise SettingsError(f"{name} = {str(file)!r} holds too little: {error}") from error


def _read(file: Path, name: str) -> bytes:
    """Return what a file of a secret holds, without the line's end."""
    try:
        return file.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise SettingsError(f"{name} = {str(file)!r} cannot be read: {error.strerror}") from error


def _with_password(dsn: str, password: str) -> str:
    """Return a DSN with the password put where it belongs; without a user it is that of `default`."""
    scheme, separator, rest = dsn.partition("://")
    if not separator:
        raise SettingsError("clickhouse_password_file is set and clickhouse is 'embedded': it has no password")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0] if at else 'default'}:{quote(password, safe='')}@{host}"


def _hint(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else "; `stillwatch --help` lists all settings"
