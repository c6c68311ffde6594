"""The settings as people read them: a page of the documentation, and the end of `stillwatch --help`.

`python -m streams.settings.reference` prints the page; `make schema` writes it to `docs/settings.md`.
"""

from __future__ import annotations

import sys

from streams.settings.catalogue import CONFIG_VARIABLE, Setting, catalogue

_HEAD = f"""# Settings

<!-- Written by `make schema` from streams/settings/model.py and models/policy.py; edit there. -->

The environment has precedence over `stillwatch.toml`, and that over the defaults. The file is the one that
`{CONFIG_VARIABLE}` names, or else `stillwatch.toml` in the working directory. An unknown name is an error, so
that a misspelt setting never goes unnoticed. `stillwatch doctor` shows what is in force and whether it works.

```toml
# stillwatch.toml
kafka = "kafka-1:9092,kafka-2:9092"
clickhouse = "clickhouse://stillwatch:secret@clickhouse:8123/stillwatch"
sketch_key_file = "/run/secrets/sketch_key"
partitions = 64

[detection]
false_alarms_per_month = 0.5
```
"""


def settings_page() -> str:
    """Return `docs/settings.md`."""
    settings = catalogue().values()
    general = [_entry(setting) for setting in settings if not setting.section]
    detection = [_entry(setting) for setting in settings if setting.section == "detection"]
    return "\n".join([_HEAD, "## General\n", *general, "## Detection: the table `[detection]`\n", *detection])


def help_rows() -> list[tuple[str, str]]:
    """Return for every setting its variable, the first sentence of its meaning, and its default."""
    return [
        (setting.variable, f"{setting.description.partition('. ')[0].rstrip('.')} [{setting.default}]".replace("`", ""))
        for setting in catalogue().values()
    ]


def _entry(setting: Setting) -> str:
    return (
        f"### `{setting.name}`\n\n"
        f"{setting.description}\n\n"
        f"- Variable: `{setting.variable}`\n"
        f"- Allowed: {setting.allowed}\n"
        f"- Default: {setting.default}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(settings_page())
