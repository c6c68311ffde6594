"""The files of the project, as git knows them."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def tracked(*patterns: str) -> list[Path]:
    """Return the files that match and that git tracks or would (not those it ignores)."""
    git = shutil.which("git")
    assert git is not None
    command = [git, "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [file for line in listed.splitlines() if (file := ROOT / line).is_file()]
