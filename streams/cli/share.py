"""`stillwatch share`: indicators of a campaign for other providers."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from streams.analyst.stix import NotSharedError, Sharing, StixMissingError, bundle_of, key_id
from streams.cli.failures import failures_explained
from streams.settings import Settings, load_settings
from streams.store.opening import open_store, store_of


@click.command(name="share")
@click.argument("campaign", metavar="CAMPAIGN")
@click.option("--format", "form", type=click.Choice(["stix"]), default="stix", show_default=True, help="STIX 2.1.")
@click.option("--store", metavar="DIR|URL", help="As of `stillwatch sql`. Default: that of the settings.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File; standard output by default.")
@click.option("--producer", default="A model provider", show_default=True, help="Who says so, for the receiver.")
@click.option(
    "--days", type=click.IntRange(1, 365), default=90, show_default=True, help="For how long the indicators hold."
)
def command(campaign: str, form: str, store: str | None, out: Path | None, producer: str, days: int) -> None:
    """Write what CAMPAIGN's accounts share, for other providers: nothing personal, nothing that fewer than 5 share.

    Keys match only between providers that sketch with the same key; with STILLWATCH_SKETCH_KEY set, the bundle says
    which one, without saying what it is.

    \b
    Example:
      stillwatch share C-000713a8e34dbbac --format stix --out campaign.stix.json --producer "Example AI"
    """  # noqa: D301
    del form  # there is one
    settings = load_settings()
    how = Sharing(producer, datetime.now(UTC), days, own_key_id(settings))
    with failures_explained():
        try:
            with open_store(store or store_of(settings)) as client:
                text = bundle_of(client, campaign, how)
        except (NotSharedError, StixMissingError) as error:
            raise click.ClickException(str(error)) from error
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, "utf-8")


def own_key_id(settings: Settings) -> str | None:
    """Return the id of this deployment's sketch key; None where none is set, or two are and either may be meant."""
    keys = settings.sketch_keys
    return None if keys is None or keys.previous is not None else key_id(keys.current.reveal())
