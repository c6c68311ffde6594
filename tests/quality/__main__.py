"""`python -m tests.quality`: verdicts on shipped scenarios against the truth, as tables and in `build/quality.json`."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from streams.cli.evaluate import comparison_table
from streams.evaluate.baselines.comparison import compare
from streams.evaluate.metrics import Metrics, measure
from streams.evaluate.report.page import percent, shown
from streams.evaluate.targets import targets_of
from streams.evaluate.traffic import TrafficLog, sample_of
from tests.quality.ablation import Ablation, ablate
from tests.quality.plan import PLANS, Plan
from tests.quality.rehearsal import Accounts, as_run, conclude
from tests.quality.stream import Stream

RESULTS = Path("build/quality.json")
_DATA = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.argument("plans", nargs=-1, metavar="[SCENARIO[:SCALE[:SEED]]]...")
@click.option("--seed", default=51, show_default=True, help="Of the plans that name none.")
@click.option("--data", type=_DATA, help="Folder of the corpora of `real-prompts`, which is left out without it.")
@click.option("--ablation", is_flag=True, help="Conclude again without each detection and each kind of evidence.")
@click.option("--baselines", is_flag=True, help="Draw each stream again for simple and published detectors.")
def main(plans: tuple[str, ...], seed: int, data: Path | None, *, ablation: bool, baselines: bool) -> None:
    """Run PLANS, by default all shipped scenarios at scales that take about 25 minutes on one core."""
    texts = plans or tuple(text for text in PLANS if data or not text.startswith("real-prompts"))
    console, results = Console(), {}
    RESULTS.parent.mkdir(exist_ok=True)
    for plan in (Plan.of(text, seed) for text in texts):
        results[str(plan)] = _run(plan, data or Path(), console, ablation=ablation, baselines=baselines)
        RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1))


def _run(plan: Plan, data: Path, console: Console, *, ablation: bool, baselines: bool) -> dict[str, Any]:
    began = process_time()
    stream = Stream(plan, data)
    accounts = Accounts(stream.facts)
    steps = accounts.steps(stream.slices())
    kept = list(steps) if ablation else steps
    run = as_run(conclude(kept), accounts.counts)
    truth = stream.truth()
    times = accounts.times(truth)
    metrics = measure(run, truth, times)
    seconds = process_time() - began
    _show(console, f"{plan}: {accounts.events:,} exchanges, {seconds:.0f} s of CPU time", metrics)
    result = {"events": accounts.events, "cpu_seconds": seconds, "metrics": metrics, "targets": targets_of(metrics)}
    if ablation:
        assert isinstance(kept, list)
        result["ablation"] = ablate(kept, accounts.counts, truth, times)
        _show_ablation(console, result["ablation"])
    if baselines:
        log = TrafficLog(sample_of(truth))
        for lines in Stream(plan, data).slices():
            log.take(lines)
        result["baselines"] = compare(run, truth, log.traffic())
        if result["baselines"] is not None:
            console.print(comparison_table(result["baselines"]))
    return result


def _show(console: Console, title: str, metrics: Metrics) -> None:
    table = Table("campaign", "recall", "completeness", "purity", "exposure", title=title)
    purity = {one.campaign_id: one.purity for one in metrics.found}
    for name, actual in metrics.actual.items():
        passed = metrics.exposures[name]
        pure = min((purity[found] for found in actual.found), default=None)
        table.add_row(
            name,
            shown(metrics.recall_by_campaign[name]),
            percent(actual.completeness),
            "-" if pure is None else percent(pure),
            f"{passed.before:,} of {passed.exchanges:,}",
        )
    goals = Table("what", "target", "measured", "")
    for one in targets_of(metrics):
        goals.add_row(one.what, one.aim, one.seen, "met" if one.met else "missed")
    console.print(table, goals)
    for name, rate in {**metrics.false_positive_rate_by_persona, **metrics.false_positive_rate_by_corpus}.items():
        if rate.hits:
            console.print(f"flagged by mistake: {name} {shown(rate)}")


def _show_ablation(console: Console, rows: list[Ablation]) -> None:
    table = Table("without", "recall", "campaigns missed", "benign flagged", "exchanges passed", title="Ablation")
    for one in rows:
        missed = ", ".join(one.missed) or "none"
        table.add_row(one.without, f"{one.recall:.1%}", missed, str(one.benign_flagged), f"{one.passed:,}")
    console.print(table)


if __name__ == "__main__":
    main()
