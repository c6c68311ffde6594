"""docs/scaling.md quotes the benchmark that is kept, and nothing else."""

from tests.bench.kept import kept
from tests.bench.page import PAGE, filled


def test_figures_of_the_page_are_those_of_the_kept_benchmark() -> None:
    text = PAGE.read_text()
    assert filled(text, kept()) == text, "run `make bench ARGS=keep`"
