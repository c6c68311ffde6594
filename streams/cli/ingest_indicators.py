"""`stillwatch ingest-indicators`: what another provider shared, as weak evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from streams.analyst.intake import MAX_BUNDLE_BYTES, BundleError, read_bundle
from streams.analyst.intake import store as store_rows
from streams.analyst.stix import StixMissingError
from streams.cli.failures import failures_explained
from streams.cli.share import own_key_id
from streams.settings import load_settings
from streams.store.opening import open_store, store_of


@click.command(name="ingest-indicators")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--store", metavar="DIR|URL", help="As of `stillwatch sql`. Default: that of the settings.")
@click.option("--source", help="Who sent it; by default whom the bundle names.")
def command(file: Path, store: str | None, source: str | None) -> None:
    """Read a STIX 2.1 bundle of `stillwatch share` and let its keys count as weak evidence.

    A group that shares an indicated key needs a third of the evidence that others need; it still needs two kinds of its
    own. Running workers take it in within seconds. What holds: SELECT * FROM v_indicators.

    \b
    Example:
      stillwatch ingest-indicators campaign.stix.json --source "Example AI"
    """  # noqa: D301
    settings = load_settings()
    with failures_explained(), file.open("rb") as opened:
        try:
            raw = opened.read(MAX_BUNDLE_BYTES + 1)
            intake = read_bundle(raw, key=own_key_id(settings), source=source, now=datetime.now(UTC))
        except (BundleError, StixMissingError) as error:
            raise click.ClickException(f"{file}: {error}") from error
        with open_store(store or store_of(settings)) as client:
            store_rows(client, intake.rows)
    console = Console()
    console.print(f"{len(intake.rows):,} indicators taken", highlight=False)
    for reason, number in intake.skipped.most_common():
        console.print(f"{number:,} skipped: {reason}", highlight=False)
