"""Progress of work in named steps: a bar on a terminal, a line per tenth elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

Report = Callable[[str, float], None]


@contextmanager
def steps(console: Console, names: Mapping[str, str]) -> Iterator[Report]:
    """Yield a function to call with the name of a step and the share of it that is done, 0..1.

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

        def report(name: str, share: float) -> None:
            for earlier in list(tasks)[: list(tasks).index(name)]:
                bar.update(tasks[earlier], completed=1.0)
                bar.stop_task(tasks[earlier])
            bar.start_task(tasks[name])
            bar.update(tasks[name], completed=share)

        yield report


def _lines(console: Console, names: Mapping[str, str]) -> Report:
    last: dict[str, int] = {}

    def report(name: str, share: float) -> None:
        tenth = int(10 * share)
        if last.get(name) != tenth:
            last[name] = tenth
            console.print(f"{names[name]}: {10 * tenth} %", highlight=False)

    return report
