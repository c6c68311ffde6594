"""`python -m tests.quality.page build/quality.json ...`: the tables of docs/quality.md, from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import msgspec

from streams.evaluate.baselines.comparison import Comparison
from streams.evaluate.metrics import Metrics
from streams.evaluate.targets import Target
from tests.quality.ablation import Ablation

_TARGETS = (
    "| scenario, scale, seed | exchanges | campaign | recall | benign accounts flagged | exchanges before the alert |"
)


class Result(msgspec.Struct):
    """What `python -m tests.quality` wrote of one plan."""

    events: int
    metrics: Metrics
    targets: list[Target]
    ablation: list[Ablation] = msgspec.field(default_factory=list)
    baselines: Comparison | None = None


def targets_table(results: Mapping[str, Result]) -> Iterator[str]:
    """Yield the lines of the table of targets: a line per campaign, with the plan and the benign on its first."""
    yield _TARGETS
    yield "|---|--:|---|--:|--:|--:|"
    for plan, result in results.items():
        metrics = result.metrics
        scenario, scale, seed = plan.split(":")
        flagged = metrics.false_positive_rate
        head = f"`{scenario}` {scale}, {seed} | {result.events:,}"
        benign = f"{flagged.hits:,} of {flagged.total:,}"
        campaigns = {name: one for name, one in metrics.recall_by_campaign.items() if name}
        for name, recall in campaigns.items():
            passed = metrics.exposures[name]
            late = "" if passed.within_target else " (late)"
            yield (
                f"| {head} | {name} | {recall.hits:,} of {recall.total:,} | {benign}"
                f" | {passed.before:,} of {passed.exchanges:,}{late} |"
            )
            head, benign = " | ", ""
        if not campaigns:
            yield f"| {head} | none | - | {benign} | - |"


def ablation_table(results: Mapping[str, Result]) -> Iterator[str]:
    """Yield the lines of a table of what came out with something left out; rows that change nothing are one."""
    for plan, result in results.items():
        if not result.ablation:
            continue
        whole, *others = result.ablation
        yield f"| `{plan}` without | recall | missed | benign accounts flagged | exchanges before the alerts |"
        yield "|---|--:|---|--:|--:|"
        same = []
        for one in (whole, *others):
            if one is not whole and _shown(one) == _shown(whole):
                same.append(one.without)
            else:
                yield f"| {one.without} | {_shown(one)} |"
        if same:
            yield f"| {', '.join(same)} | as with everything |  |  |  |"
        yield ""


def baselines_table(results: Mapping[str, Result]) -> Iterator[str]:
    """Yield the lines of a table of detectors: what each finds as precisely as Stillwatch, and the price of 95 %."""
    compared = {plan: one.baselines for plan, one in results.items() if one.baselines is not None}
    if not compared:
        return
    yield (
        "| detector |"
        + "|".join(f" `{plan}`: found at Stillwatch's rate | rate to find 95 % " for plan in compared)
        + "|"
    )
    yield "|---" + "|--:|--:" * len(compared) + "|"
    for at, row in enumerate(next(iter(compared.values())).rows):
        cells = (one.rows[at] for one in compared.values())
        shown = (f" {one.tpr_at_same_rate:.0%} | {one.rate_at_high_recall:.2%} " for one in cells)
        yield f"| {row.name} |{'|'.join(shown)}|"
    yield ""


def _shown(one: Ablation) -> str:
    return f"{one.recall:.1%} | {', '.join(one.missed)} | {one.benign_flagged:,} | {one.passed:,}"


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path), required=True)
def main(files: tuple[Path, ...]) -> None:
    """Print the tables of FILES, which `python -m tests.quality` wrote."""
    results: dict[str, Result] = {}
    for file in files:
        results |= msgspec.json.decode(file.read_bytes(), type=dict[str, Result])
    click.echo("\n".join([*targets_table(results), "", *baselines_table(results), *ablation_table(results)]))


if __name__ == "__main__":
    main()
