"""`yb`: the command line. One line for an error, documented exit codes, `--json` for machines.

Exit codes: 0 done · 1 an error nobody foresaw (`--debug` shows it) · 2 wrong usage · 3 bad input · 4 schema or
mapping · 5 locked by another writer · 6 damaged files · 7 nothing in the period · 8 something missing on the
machine · 9 a run failed.
"""

from __future__ import annotations

import importlib
import os
import sys

import typer
from typer.exceptions import TyperException

from yb_analytics.schema import Refusal

app = typer.Typer(name="yb", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="医保基金监管分析 · Supervision of medical insurance funds. "
                       "A period is 2025, 2025H1, 2025Q2, 2025-06, 2025-06-15 or 2024-01:2025-12.",
                  epilog=__doc__.partition("\n\n")[2].replace("\n", " "))
DEBUG = False


@app.callback()
def _options(debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error.")) -> None:
    """Options before the command."""
    global DEBUG
    DEBUG = debug


def main(arguments: list[str] | None = None) -> None:
    """Run `yb`; bad input and bad usage become one line on standard error and a documented exit code."""
    # each adds its commands, in this order
    for part in ("making", "aside", "sealing", "answering", "following", "prechecking", "publishing", "knowing", "looking", "persons"):
        importlib.import_module(f"yb_analytics.cli.{part}")
    try:
        code = app(args=arguments, prog_name="yb", standalone_mode=False)
    except Refusal as refusal:
        raise SystemExit(_say(str(refusal), refusal.exit_code)) from None
    except typer.Exit as stop:
        raise SystemExit(stop.exit_code) from None
    except (typer.Abort, KeyboardInterrupt):
        raise SystemExit(_say("interrupted; what was published before is untouched → run it again", 130)) from None
    except TyperException as wrong:
        raise SystemExit(_misused(wrong)) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as problem:
        if DEBUG:
            raise
        line = " ".join(f"{type(problem).__name__}: {problem}".split())
        raise SystemExit(_say(f"{line[:300]} → run again with `yb --debug …` to see where", 1)) from None
    raise SystemExit(code if isinstance(code, int) else 0)


def _misused(wrong: TyperException) -> int:
    """Wrong usage in one line that names the help page; a bare `yb` shows the help itself."""
    where = getattr(getattr(wrong, "ctx", None), "command_path", "yb")
    message = getattr(wrong, "format_message", lambda: str(wrong))()
    if type(wrong).__name__ == "NoArgsIsHelpError":
        print(message)
        return 2
    return _say(f"{message} → {where} --help", 2)


def _say(line: str, code: int) -> int:
    print(f"yb: {' '.join(line.split())}", file=sys.stderr)
    return code
