"""`make lock`: renew requirements.lock and environment.yml from pyproject.toml."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = """\
# Generated from pyproject.toml by `make lock`; tests/test_pins.py keeps the two equal.
# Honest note: the conda route could not be run on the machines this was made on (no conda channel within
# reach). `make demo` and `make test`, which use requirements.lock, are the routes that are tested.
"""


def environment() -> str:
    """The text of environment.yml: Python from conda-forge, everything else by pip with the same pins."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [pin for group in ("lab", "dev") for pin in project["optional-dependencies"][group]]
    pins = sorted([*project["dependencies"], *extras])
    python = project["requires-python"]
    lines = [f"name: {project['name']}", "channels:", "  - conda-forge", "dependencies:",
             f"  - python{python}", "  - pip", "  - pip:", *(f'      - "{pin}"' for pin in pins), "      - -e ."]
    return HEAD + "\n".join(lines) + "\n"


def lock() -> None:
    """Resolve pyproject.toml into requirements.lock: hashed, for every Python from 3.11 on, no addresses."""
    subprocess.run(
        [str(ROOT / ".venv/bin/uv"), "pip", "compile", "pyproject.toml", "--extra", "lab", "--extra", "dev",
         "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--python-version", "3.11",
         "--quiet", "-o", "requirements.lock"], cwd=ROOT, check=True)


if __name__ == "__main__":
    lock()
    (ROOT / "environment.yml").write_text(environment(), encoding="utf-8")
