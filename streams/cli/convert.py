"""`stillwatch convert`: logs of gateways and clouds to API events."""

from __future__ import annotations

from pathlib import Path

import click

from streams.cli.rewriting import PATH, STANDARD, rewrite
from streams.settings import load_settings
from streams.sources.convert.conversion import CONVERTERS, Conversion


@click.command(name="convert")
@click.argument("files", nargs=-1, type=PATH)
@click.option("--from", "kind", type=click.Choice(list(CONVERTERS)), required=True, help="What wrote the logs.")
@click.option("--account", metavar="NAME", help="What in the logs names an account; docs/convert.md has the usual one.")
@click.option("--out", type=PATH, default=STANDARD, help="Events, NDJSON; .gz or .zst compresses. Default: -, output.")
@click.option("--rejects", type=PATH, help="Where to say which lines were refused, and why; NDJSON, no text in it.")
def command(files: tuple[Path, ...], kind: str, account: str | None, out: Path, rejects: Path | None) -> None:
    """Turn logs of OpenTelemetry, LiteLLM or Amazon Bedrock into API events, without the text of prompts.

    FILES have a JSON object a line, plain, .gz or .zst; - or none is standard input: exports of spans in OTLP/JSON
    (otel), StandardLoggingPayload objects (litellm), records of model invocation logging (bedrock). Where a log holds
    prompts, these are sketched with STILLWATCH_SKETCH_KEY. What does not fit is left out and counted; the exit code is
    1 when nothing fits.

    \b
    Example:
      stillwatch convert --from bedrock AWSLogs/*.json.gz --out events.ndjson.zst --rejects rejects.ndjson
      stillwatch convert --from litellm proxy.ndjson --account metadata.user_api_key_team_id --out events.ndjson
      stillwatch convert --from otel spans.ndjson | stillwatch detect - --out run
    """  # noqa: D301
    settings = load_settings()
    conversion = Conversion(
        kind,
        lambda: settings.required_sketch_keys().reveal(),
        network_key=settings.sketch_keys.of_single_values.reveal() if settings.sketch_keys else None,
        account=account,
    )
    events, refused = rewrite(files, out, rejects, conversion.lines, title="converted")
    if not events:
        raise click.ClickException(
            f"no line holds an exchange as {kind} logs it"
            + (": --rejects FILE says why" if refused else "")
            + "; are these the right files?"
        )
