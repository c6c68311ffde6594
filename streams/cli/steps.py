"""Progress of work in named steps: a bar on a terminal, a line per quarter elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

Report = Callable[[str, float | None], None]
LINES_PER_STEP = 4


@contextmanager
def steps(console: Console, names: Mapping[str, str]) -> Iterator[Report]:
    """Yield a function to call with the name of a step and the share of it that is done, 0..1 or None for unknown.

    Args:
        console: Where to show it; never the one that results go to.
        names: What each step is called on the screen, in order.
    """
    if console.is_terminal:
        yield from _bars(console, names)
    else:
        yield _lines(console, names)


def _bars(console: Console, names: Mapping[str, str]) -> Iterator[Report]:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        tasks = {name: bar.add_task(title, total=1.0, start=False) for name, title in names.items()}

        def report(name: str, share: float | None) -> None:
            task = tasks[name]
            if bar.tasks[task].start_time is None:
                bar.start_task(task)
            # A bar without a total runs to and fro.
            bar.update(task, total=None if share is None else 1.0, completed=share or 0.0)
            if share is not None and share >= 1.0:
                bar.stop_task(task)

        yield report


def _lines(console: Console, names: Mapping[str, str]) -> Report:
    last: dict[str, int] = {}

    def report(name: str, share: float | None) -> None:
        part = int(LINES_PER_STEP * (share or 0.0))
        if part > last.get(name, -1):
            last[name] = part
            console.print(f"{names[name]}: {100 * part // LINES_PER_STEP} %", highlight=False, soft_wrap=True)

    return report
