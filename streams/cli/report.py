"""`stillwatch report`: the evidence on a campaign as a document."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from streams.analyst.document import to_html, to_markdown
from streams.analyst.report import UnknownCampaignError, provenance, report
from streams.cli.failures import failures_explained
from streams.settings import load_settings
from streams.stack.results import program_version
from streams.store.opening import open_store, store_of


@click.command(name="report")
@click.argument("campaign", metavar="CAMPAIGN")
@click.option("--store", metavar="DIR|URL", help="As of `stillwatch sql`. Default: that of the settings.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Directory for CAMPAIGN.html, CAMPAIGN.md and its plots; the present one by default.",
)
def command(campaign: str, store: str | None, out: Path) -> None:
    """Write the evidence on CAMPAIGN as one HTML page, which prints to PDF, and as Markdown with plots beside it.

    Timeline, growth, models, bans, what was taken and at what list price, members by number instead of name, and the
    query behind each figure. Nothing in it is fetched from outside.

    \b
    Example:
      stillwatch report C-000713a8e34dbbac --store run --out letters
    """  # noqa: D301
    with failures_explained():
        try:
            with open_store(store or store_of(load_settings())) as client:
                title, blocks = report(client, campaign)
        except UnknownCampaignError as error:
            raise click.ClickException(str(error)) from error
    blocks = [provenance(datetime.now(UTC), program_version()), *blocks]
    out.mkdir(parents=True, exist_ok=True)
    for name, text in {f"{campaign}.html": to_html(title, blocks), **to_markdown(title, blocks, campaign)}.items():
        (out / name).write_text(text, "utf-8")
        Console().print(f"{out / name}", highlight=False, soft_wrap=True)
