"""`python3 acquiring/local <command>`: make the package importable, then run the command."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    # Python put this very directory first on the path, where `valkey` and others would hide
    # installed packages. The parent goes last: the package is then `local`, and `acquiring`
    # itself (which imports Celery) is never touched.
    here = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != here]
    sys.path.append(str(here.parent))
    sys.exit(importlib.import_module("local.commands").main(sys.argv[1:]))
