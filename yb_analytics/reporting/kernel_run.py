"""The process of one run: `python -m yb_analytics.reporting.kernel_run request.json`.

Papermill runs here and nowhere else: a run has its own process, working folder, kernel and time limit, and
dies with the process that asked for it. What happened is written to `outcome.json`; Papermill's own metadata
calls a killed kernel a success and is not trusted.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

_KERNEL = "yb"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends; elsewhere the kernel's own poller does it."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Execute the notebook of a request and say how it ended: ok, refused, error or infrastructure."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    _kernel_spec(Path(os.environ["JUPYTER_PATH"]))
    try:
        papermill.execute_notebook(
            request["notebook"], request["output"], parameters=request["parameters"], kernel_name=_KERNEL,
            language="python", cwd=request["cwd"], progress_bar=False, request_save_on_cell_execute=False,
            start_timeout=60, execution_timeout=request["time_limit"],
            config=Config({"KernelManager": {"transport": "ipc"}}))
    except PapermillExecutionError as problem:
        state = "refused" if problem.ename == "Refusal" else "error"
        return {"state": state, "error": f"{problem.evalue}"[:2000], "ename": problem.ename,
                "cell": problem.cell_index}
    except CellTimeoutError:
        return {"state": "timeout", "error": "a cell ran past the time limit"}
    except (DeadKernelError, RuntimeError, OSError) as problem:
        return {"state": "infrastructure", "error": f"{type(problem).__name__}: {problem}"[:2000]}
    _strip(Path(request["output"]))
    return {"state": "ok", "error": ""}


def _kernel_spec(folder: Path) -> None:
    """A kernel of this very interpreter, whatever kernels the machine has."""
    place = folder / "kernels" / _KERNEL
    place.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "yb_analytics.reporting.kernel_run", "--kernel", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "yb_analytics", "language": "python"}
    (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def _strip(path: Path) -> None:
    """Take wall-clock, machine and run paths out of the executed notebook: same data, same bytes."""
    book = json.loads(path.read_text(encoding="utf-8"))
    book["metadata"] = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
                        "language_info": {"name": "python"}}
    for place, cell in enumerate(book["cells"]):
        tags = cell.get("metadata", {}).get("tags", [])
        cell["metadata"], cell["id"] = ({"tags": tags} if tags else {}), f"cell-{place}"
        if "injected-parameters" in tags:
            cell["source"] = [line for line in cell["source"] if not line.startswith("warehouse = ")]
        cell["outputs"] = [o for o in cell.get("outputs", []) if o["output_type"] != "stream"] \
            if cell["cell_type"] == "code" else cell.pop("outputs", None) or []
        if cell["cell_type"] != "code":
            cell.pop("outputs")
    path.write_text(json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Entry: a request to run, or `--kernel` to be the kernel of one."""
    die_with_parent()
    if arguments[:1] == ["--kernel"]:
        from ipykernel import kernelapp

        kernelapp.launch_new_instance(argv=arguments[1:])
        return 0
    request = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    outcome = run(request)
    Path(request["outcome"]).write_text(json.dumps(outcome, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
