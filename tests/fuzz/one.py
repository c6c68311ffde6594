"""Coverage-guided fuzzing of one target, in a process of its own: `python -m tests.fuzz.one TARGET -runs=N ...`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def compiled() -> list[str]:
    """Return the modules with compiled functions, which cannot be instrumented; the branches of the others guide."""
    files = [file for file in (ROOT / "models").rglob("*.py") if "njit" in file.read_text()]
    return [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]


def main() -> None:
    """Hand the target to libFuzzer, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=["models", "streams"], exclude=compiled(), enable_loader_override=False):
        from tests.fuzz.targets import TARGETS

    name = sys.argv.pop(1)
    for seed in TARGETS[name].seeds:
        TARGETS[name].feed(seed)  # compiles what is compiled at the first call
    atheris.Setup(sys.argv, TARGETS[name].feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
