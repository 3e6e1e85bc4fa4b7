"""One contract per shelf, run on every unit; and a new unit is one new file and no changed file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_planted import WAITING, caught_by
from yb_analytics.city.schemes import schemes
from yb_analytics.detectors import shelf as detectors
from yb_analytics.indicators import FUND
from yb_analytics.indicators import shelf as indicators
from yb_analytics.rules import shelf as rules
from yb_analytics.schema import CODES, TABLES, Refusal
from yb_analytics.shelf import Shelf
from yb_analytics.warehouse.checks import shelf as checks

ROOT = Path(__file__).resolve().parents[1]
SHELVES = {"rules": rules, "detectors": detectors, "indicators": indicators, "schemes": schemes, "checks": checks}
UNITS = [(name, unit) for name, shelf in SHELVES.items() for unit in shelf.names]


@pytest.mark.parametrize("shelf", SHELVES.values(), ids=SHELVES)
def test_no_unit_is_broken(shelf: Shelf):
    assert shelf.broken() == {}


@pytest.mark.parametrize(("shelf", "name"), UNITS, ids=[f"{s}.{n}" for s, n in UNITS])
def test_unit_says_what_it_is(shelf, name):
    unit = SHELVES[shelf][name]
    assert unit.name == name
    assert unit.title.zh and unit.title.en
    reason = getattr(unit, "reason", "") or unit.title.reason
    assert reason.strip(), f"{shelf}/{name} gives no reason below its title"


@pytest.mark.parametrize(("shelf", "name"), [u for u in UNITS if u[0] not in ("schemes", "checks")],
                         ids=[f"{s}.{n}" for s, n in UNITS if s not in ("schemes", "checks")])
def test_unit_names_known_tables_schemes_and_codes(shelf, name):
    unit = SHELVES[shelf][name]
    views = {"stays", "valid_settlements", "fee_lines", "institutions"}
    for need in unit.needs:
        table, _, column = need.partition(".")
        assert table in TABLES or table in views, need
        assert not column or table in views or column in TABLES[table].names, need
    assert unit.basis.strip()
    if shelf == "indicators":
        assert unit.subject in {*CODES["SUBJECT_TYPE"], FUND}
        return
    assert unit.subject in CODES["SUBJECT"] and unit.tier in CODES["TIER"]
    assert set(caught_by(unit)) <= set(schemes.names), unit.catches


def test_every_planted_scheme_has_somebody_to_catch_it():
    """What nothing catches yet stands in a list that `test_planted` keeps from rotting."""
    caught = {c for s in (rules, detectors) for u in s.values() for c in caught_by(u)}
    planted = {n for n in schemes.names if not n.startswith("innocent_")}
    assert planted - caught == WAITING, f"nobody catches {sorted(planted - caught - WAITING)}"


def test_the_issue_s_counts_hold():
    assert len(rules) >= 12 and len({r.pattern for r in rules.values()}) >= 6
    assert len(detectors) >= 6
    assert len(checks) >= 30
    assert len(indicators) >= 12
    assert {i.subject for i in indicators.values()} == {*CODES["SUBJECT_TYPE"], FUND}
    innocent = [n for n in schemes.names if n.startswith("innocent_")]
    assert len(innocent) >= 6 and len(schemes.names) - len(innocent) >= 8


def test_a_shelf_is_browsed_by_name():
    assert "split_stays" in dir(detectors)
    assert detectors.split_stays is detectors["split_stays"]
    with pytest.raises(Refusal, match="choose one of"):
        detectors["nothing_of_the_kind"]


DETECTOR = '''
from ibis import literal

from yb_analytics.detectors import detector


@detector(subject="person", tier="监测", needs=("setl_d",), catches="", basis="条例 第二十五条")
def many_settlements(w, p):
    """结算次数多 · Many settlements.

    A unit made by a test: persons with more than two settlements.
    """
    s = w.valid_settlements
    per = s.group_by(subject_id="psn_no").aggregate(
        locator=s.setl_id.collect(), amount=s.fund_pay_sumamt.sum(), n=s.count())
    return per.filter(per.n > 2).drop("n").mutate(
        grain=literal("settlement"), score=literal(0.4), why=literal("结算次数多于两次"))
'''

INDICATOR = '''
from yb_analytics.indicators import indicator


@indicator(subject="institution", unit="yuan", better="lower", parent="rational_care", basis="S3 二(一)",
           owner="市医保局", needs=("setl_d",), denominator="结算人次", pillar="依法严管", date_basis="settlement")
def fee_per_settlement(w, p):
    """次均费用 · Fee per settlement.

    A unit made by a test.
    """
    s = w.valid_settlements
    return s.select(county="fix_blng_admdvs", institution="fixmedins_code", on=s.setl_time.cast("date"),
                    numerator=s.medfee_sumamt, denominator=1)
'''

RULE = (ROOT / "yb_analytics/rules/diagnosis_sex.yaml").read_text(encoding="utf-8").replace(
    "catches: sex_mismatch", "catches: ''")

PROBE = '''
import json, sys
import pandas as pd
import yb_analytics
from pathlib import Path
from yb_analytics.detectors import shelf as detectors, run as run_detectors
from yb_analytics.indicators import shelf as indicators
from yb_analytics.rules import shelf as rules, check_examples
from yb_analytics.reporting import report, reports
from yb_analytics.schema import Period
from yb_analytics.warehouse import in_memory, ingest, open_warehouse

house = Path(sys.argv[1])
assert Path(yb_analytics.__file__).is_relative_to(house), yb_analytics.__file__
rows = pd.DataFrame({"setl_id": list("abcd"), "psn_no": ["p", "p", "p", "q"], "fixmedins_code": "H1",
                     "fix_blng_admdvs": "330421", "setl_time": "2025-03-01 10:00", "med_type": "11",
                     "medfee_sumamt": 100, "fund_pay_sumamt": 60})
w = in_memory({"setl_d": rows})
found, coverage, _evidence = run_detectors(w, Period.parse("2025-03"), ["many_settlements"])
values = indicators(w, Period.parse("2025-03"), names=["fee_per_settlement"])
check_examples(rules["another_rule"])
(house / "given").mkdir()
rows.to_csv(house / "given" / "setl_d.csv", index=False)
ingest(house / "given", house / "warehouse", progress=False)
edition = report("another_report", "2025-03", house / "warehouse", house / "published")
print(json.dumps({"finding": found["subject_id"].tolist(), "why": coverage["reason"].tolist(),
                  "city": float(values.loc[values["unit_kind"] == "city", "value"].iloc[0]),
                  "listed": "another_report" in reports(house / "published").astype(str).to_csv(),
                  "files": sorted(p.suffix for p in (house / "published/another_report/2025-03").iterdir())}))
'''


def _report() -> str:
    import nbformat

    cells = [nbformat.v4.new_raw_cell("---\nname: another_report\ntitle: 另一份报告 · Another report\ndue: monthly\n"
                                      "audience: 测试\npublic: false\n---"),
             nbformat.v4.new_code_cell('warehouse = ""\nperiod = "2025-03"', metadata={"tags": ["parameters"]}),
             nbformat.v4.new_code_cell("import yb_analytics as yb\n\nw = yb.open(warehouse)\n"
                                       'doc = yb.document("另一份报告", period, w)'),
             nbformat.v4.new_code_cell('doc.table(yb.chapters.delivered(w, period), "数据交付情况")')]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.writes(book)


def _digest(house: Path) -> dict[str, str]:
    return {str(p.relative_to(house)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(house.rglob("*")) if p.is_file() and "__pycache__" not in p.parts}


def test_a_new_unit_is_one_new_file_and_no_changed_file(tmp_path):
    house = tmp_path / "house"
    for part in ("yb_analytics", "notebooks", "data/mappings"):
        shutil.copytree(ROOT / part, house / part, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    shutil.copy(ROOT / "pyproject.toml", house)
    before = _digest(house)
    new = {"yb_analytics/detectors/many_settlements.py": DETECTOR, "yb_analytics/rules/another_rule.yaml": RULE,
           "yb_analytics/indicators/fee_per_settlement.py": INDICATOR, "notebooks/another_report.ipynb": _report()}
    for name, text in new.items():
        (house / name).write_text(text, encoding="utf-8")
    after = _digest(house)
    assert set(after) - set(before) == set(new)
    assert {k: v for k, v in after.items() if k in before} == before
    done = subprocess.run([sys.executable, "-c", PROBE, str(house)], cwd=house, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(house)}, timeout=180)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.strip().splitlines()[-1])
    assert said["finding"] == ["p"], said
    assert said["city"] == 100
    assert said["listed"] and {".html", ".xlsx", ".ipynb", ".json"} <= set(said["files"])
