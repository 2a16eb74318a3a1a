"""The installed command, called as a person or a script would."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).parent / "claimwright"


def claimwright(
    *arguments: str | Path, home: Path, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs it to its end, in an environment that has nothing of ours but the home."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CLAIMWRIGHT_") and name != "PYTHONPATH"
    }
    return subprocess.run(
        [str(COMMAND), "--home", str(home), *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment,
        cwd=home,
    )
