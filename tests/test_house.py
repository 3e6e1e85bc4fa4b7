"""The house: map, arrows, sizes, names, front door, notebooks and dashboards that only call and arrange."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = sorted((ROOT / "yb_analytics").rglob("*.py"))
CODE = [*PACKAGE, *sorted((ROOT / "dashboards").rglob("*.py"))]
FORBIDDEN = {"utils", "common", "core", "base", "helpers", "helper", "manager", "misc", "v2", "new"}
MODULES = {"cli", "reporting", "sampling", "credit", "policy", "leads", "scores", "forecast", "rules", "detectors",
           "indicators", "fund", "city", "knowledge", "warehouse", "shelf", "disclosure", "plots", "schema"}


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _listing() -> list[str]:
    """Files git tracks or would track: what a newcomer's clone holds."""
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                         capture_output=True, text=True)
    if out.returncode:
        pytest.skip("not a git checkout: the tree cannot be listed")
    return [line for line in out.stdout.splitlines() if (ROOT / line).exists()]


@pytest.mark.parametrize("path", CODE, ids=_id)
def test_file_is_at_most_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", CODE, ids=_id)
def test_functions_are_short_and_have_few_parameters(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            assert length <= 40, f"{_id(path)}:{node.lineno} {node.name} has {length} lines"
            a = node.args
            count = len([x for x in (*a.posonlyargs, *a.args, *a.kwonlyargs) if x.arg not in ("self", "cls")])
            required = count - len(a.defaults) - len([d for d in a.kw_defaults if d is not None])
            assert required <= 6, f"{_id(path)}:{node.lineno} {node.name} asks for {required} parameters"


def test_top_of_the_package_is_the_map_of_the_house():
    names = {p.stem for p in (ROOT / "yb_analytics").iterdir()
             if (p.suffix == ".py" or (p / "__init__.py").exists()) and p.stem != "__init__"}
    assert names <= MODULES, f"a new room needs a reason in ARCHITECTURE.md: {sorted(names - MODULES)}"


def test_no_name_says_nothing():
    for path in CODE:
        assert path.stem.strip("_") not in FORBIDDEN, _id(path)


def test_import_contract():
    done = subprocess.run([str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


def test_front_door():
    import yb_analytics as yb

    assert list(yb.__all__) == sorted(yb.__all__)
    assert len(yb.__all__) <= 25
    for name in yb.__all__:
        assert getattr(yb, name, None) is not None
        assert (getattr(yb, name).__doc__ or "").strip(), f"yb.{name} has no docstring"


def test_front_door_opens_without_the_heavy_libraries():
    code = "import sys, yb_analytics; print([m for m in ('pyod','sklearn','statsmodels','panel','plotly'," \
           "'papermill','typst','numba','kaleido') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_readme_map_is_the_tree(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    block = re.search(r"<!-- map -->\n```\n(.*?)```", text, re.DOTALL)
    assert block, f"{readme} has no map between <!-- map --> and the closing fence"
    drawn, stack = set(), []
    for line in block[1].splitlines():
        found = re.match(r"^((?:│   |    )*)(?:├── |└── )(\S+)", line)
        if not found:
            continue
        depth = len(found[1]) // 4
        stack[depth:] = [found[2].rstrip("/")]
        drawn.add("/".join(stack[:depth + 1]))
    listed = _listing()
    top = {line.split("/")[0] for line in listed if not line.startswith(".")}
    rooms = {"yb_analytics/" + line.split("/")[1] for line in listed
             if line.startswith("yb_analytics/") and line.count("/") >= 1}
    actual = top | {r for r in rooms if not r.endswith("__pycache__")}
    assert {d for d in drawn if d.count("/") <= 1} == actual


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=_id)
def test_notebooks_only_call(path):
    import nbformat

    book = nbformat.read(path, as_version=4)
    for cell in (c for c in book.cells if c.cell_type == "code"):
        assert not cell.outputs and cell.execution_count is None, "strip outputs"
        for node in ast.walk(ast.parse(cell.source)):
            banned = (ast.For, ast.While, ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.DictComp,
                      ast.SetComp, ast.GeneratorExp, ast.Try, ast.With)
            assert not isinstance(node, banned), f"{path.name}: {type(node).__name__} in a notebook"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
                assert {str(n).split(".")[0] for n in names} <= {"yb_analytics"}, f"{path.name} imports {names}"


@pytest.mark.parametrize("path", sorted((ROOT / "dashboards").rglob("*.py")), ids=_id)
def test_dashboards_only_arrange(path):
    allowed = {"panel", "param", "yb_analytics", "dashboards", "__future__"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {n.name.split(".")[0] for n in node.names} <= allowed
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert str(node.module).split(".")[0] in allowed, f"{path.name} imports {node.module}"
        assert not isinstance(node, ast.BinOp) or isinstance(node.op, ast.Add | ast.Mod), \
            f"{path.name}:{node.lineno} computes"


def test_no_machine_path_and_no_registry_in_any_file():
    bad = re.compile(r"(/(?:root|home)/[a-z]+|/work/[a-z]+|/tmp/[a-z]|index-url\s|://[^ ]+/simple)")
    for name in _listing():
        path = ROOT / name
        if path.suffix in {".png", ".lock", ".parquet", ".gz"} or name == "tests/test_house.py":
            continue
        found = bad.search(path.read_text(encoding="utf-8", errors="ignore"))
        assert not found, f"{name}: {found and found[0]}"


def test_no_sql_is_built_from_strings_and_nothing_is_unpickled():
    bad = re.compile(r"(\.raw_sql\(\s*f[\"']|\.sql\(\s*f[\"']|\bpickle\.load|joblib\.load|allow_pickle=True)")
    for path in PACKAGE:
        found = bad.search(path.read_text(encoding="utf-8"))
        assert not found, f"{_id(path)}: {found and found[0]}"


def test_large_files_are_not_tracked():
    for name in _listing():
        assert (ROOT / name).stat().st_size <= 2 * 2**20, name
