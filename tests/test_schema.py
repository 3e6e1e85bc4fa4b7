"""The schema: labels, kinds, code lists, keys, references, bounds; no idle column; national names; periods, text."""

from __future__ import annotations

import ast
import csv
import re
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.columns_in_use import in_use, named, structural, unread, views
from yb_analytics.knowledge import national_rules, purposes
from yb_analytics.reporting.handbook import handbook
from yb_analytics.schema import ANSWERS, CODES, EXIT_CODES, TABLES, Column, Period, Refusal, Table
from yb_analytics.schema.codes_provincial import PROVINCIAL
from yb_analytics.schema.column import TYPES
from yb_analytics.schema.informers import names_informer
from yb_analytics.schema.text import rounded
from yb_analytics.warehouse import ingest, open_warehouse
from yb_analytics.warehouse.reader import in_memory

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
EVERY = {**TABLES, **ANSWERS}
COLUMNS = [(t.name, c) for t in EVERY.values() for c in t.columns]
DESIGNED = """psn_info_b psn_insu_d staf_psn_clct_detl_d rsdt_psn_clct_detl_d insu_emp_info_b fixmedins_b dr_info_b
    phar_info_b fixmedins_paus_d fixmedins_cntr_reg_d mdtrt_d setl_d fee_list_d setl_diag_d drug_trace_d drg_group_d
    goods_purchase_d goods_sale_d goods_inventory_d hilist_b hilist_lmtpric_d fund_ledger fund_budget population
    med_dfr_d review_d oper_log_d data_access_d ps_death ps_custody ps_exit_entry civil_cremation civil_assistance
    hr_employment hr_injury health_licence health_beds health_birth market_registration market_penalty tax_payroll
    tax_contribution bank_credit pos_sale inspection_d case_d tip_d reward_d credit_event_d points_event_d
    lead_feedback_d disclosure_d dispute_d"""
"""Tables of the design, page 3.2."""


def test_every_table_of_the_design_is_declared():
    assert not set(DESIGNED.split()) - set(TABLES)


@pytest.mark.parametrize("table", EVERY.values(), ids=lambda t: t.name)
def test_table_is_well_formed(table):
    assert table.zh and table.en
    assert len(set(table.names)) == len(table.names)
    assert set(table.key) <= set(table.names) and table.key
    assert any(table[k].required for k in table.key)
    assert set(table.sort) <= set(table.names)
    assert bool(table.month) == bool(table.part)
    if table.month:
        assert table[table.month].kind == "time" and table[table.month].required
    assert set(table.aliases.values()) <= set(table.names)
    assert set(table.aliases) & set(table.names) <= {"med_list_codg"}, "a column that serves as another"
    for other, common in table.known_as.items():
        assert other not in TABLES and set(common) <= set(table.names)
        assert all(not table[c].codes or v in CODES[table[c].codes] for c, v in common.items())


def _sides(column: Column) -> list[object]:
    return [b for b in (column.least, column.most) if b is not None]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{t}.{c.name}" for t, c in COLUMNS])
def test_column_is_well_formed(table, column):
    assert " · " in column.label and column.zh and column.en
    assert column.kind in TYPES
    assert not column.codes or column.codes in CODES
    assert column.personal in ("", "pseudonym", "hashed", "dropped")
    if column.kind == "money":
        assert column.unit == "元"
    if column.kind in ("date", "time"):
        assert all(date.fromisoformat(b) for b in _sides(column))
    else:
        assert all(isinstance(b, int | float) for b in _sides(column))
        assert not _sides(column) or column.kind in ("money", "quantity", "number", "count")
    if len(_sides(column)) == 2:
        assert column.least < column.most


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_amounts_have_bounds_and_references_lead_somewhere(table):
    for column in table.columns:
        if column.kind in ("money", "quantity", "count"):
            assert len(_sides(column)) == 2, column.name
        if column.kind in ("date", "time"):
            assert column.least, column.name
        if column.refers:
            target, _, key = column.refers.partition(".")
            assert TABLES[target][key].type == column.type and key in TABLES[target].key
            assert TABLES[target][key].personal == column.personal


def test_one_name_means_one_thing():
    """A column of one name has one kind and one code list in every national table; exceptions say why."""
    apart = {
        "begntime": "a day in registers, a moment in visits and suspensions", "endtime": "as begntime",
        "cnt": "goods and lines", "period": "text", "score": "points of an event, a share in answers",
    }
    kinds: dict[str, set[tuple[str, str]]] = {}
    for table in TABLES.values():
        for c in table.columns:
            kinds.setdefault(c.name, set()).add((c.kind, c.codes))
    assert {n for n, k in kinds.items() if len(k) > 1} <= set(apart) | {"event_type"}


def test_code_names_are_bilingual():
    for name, codes in [*CODES.items(), *PROVINCIAL.items()]:
        for code, label in codes.items():
            assert " · " in label, f"{name} {code}"
            assert label.split(" · ")[0] != "" and label.split(" · ")[1] != ""


def test_every_code_list_is_taken_by_a_column_or_an_answer():
    taken = {c.codes for _, c in COLUMNS}
    assert {n for n in CODES if n not in taken} == set()


def test_no_column_could_name_an_informer():
    found = {f"{t.name}.{c}" for t in TABLES.values() for c in [*t.names, *t.aliases] if names_informer(c, t.name)}
    assert not found
    assert "psn_no" not in TABLES["reward_d"].names and "tip_id" not in TABLES["reward_d"].names


# idle columns


KNOWN = {*purposes()["id"], *("R" + national_rules()["seq"])}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_no_column_is_idle(table):
    idle = [c for c in unread(table) if not table[c].serves]
    assert not idle, f"{table.name}: nothing reads {', '.join(idle)}: name what needs them (serves), or remove them"


def test_what_columns_are_held_for_is_known():
    told = {(f"{t.name}.{c.name}", i) for t in TABLES.values() for c in t.columns for i in c.serves.split()}
    assert not {(c, i) for c, i in told if i not in KNOWN}
    assert all(re.fullmatch(r"[TRFSC]\d+", i) for i in KNOWN)


def test_an_idle_column_is_named():
    made = Table("setl_d", "结算 · Settlements", "care", key=("setl_id",), columns=(
        Column("setl_id", "结算ID · Id", required=True), Column("fund_pay_sumamt", "基金 · Fund", "money"),
        Column("never_read", "无用 · Read by nobody")))
    assert unread(made) == ["never_read"]


def test_use_is_read_from_syntax_trees():
    assert {"rules", "detectors"} <= in_use()["setl_d", "fund_pay_sumamt"]
    assert in_use()["setl_d", "acct_pay"] >= {"detectors"}
    assert in_use()["pos_sale", "updt_time"] == {"merge"}
    assert views()["stays"] >= {"mdtrt_d", "setl_d"} and views()["institutions"] >= {"fixmedins_b"}
    assert structural(TABLES["setl_d"]) == {"setl_id", "setl_time", "psn_no"}


def test_docstrings_and_test_data_are_no_use():
    text = 'def f(t):\n    """never_read"""\n    return t.read\n\n@kind(fine={"never_read": 1})\ndef g(): pass'
    assert "never_read" not in named(ast.parse(text)) and "read" in named(ast.parse(text))


# national names


def _fields() -> dict[str, set[str]]:
    path = SHARED / "domain" / "fields.csv"
    if not path.exists():
        pytest.skip("the dictionary of national fields (shared/domain) is not beside this project")
    found: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            found.setdefault(row["table"], set()).add(row["field"])
    return found


SOURCES = {
    "psn_insu_d": ("psn_insu_d", "psn_insu_stas_b"), "fixmedins_b": ("fixmedins_b", "medins_info_b", "rtal_phac_b"),
    "setl_diag_d": ("mdcs_fund_setl_list_diag_d", "mdcs_fund_setl_list_oprn_d", "diseinfo", "oprninfoA"),
    "drug_trace_d": ("purcinfo3505", "traceable_code"), "goods_purchase_d": ("purcinfo3503", "purcinfo3504"),
    "goods_sale_d": ("purcinfo3505", "purcinfo3506"), "goods_inventory_d": ("invinfo3501", "invinfo3502"),
}
"""Canonical table → the national tables and messages it is made of, where they have other names."""


def _cells(heading: str) -> list[list[str]]:
    """Rows of the first table under a sentence of ARCHITECTURE.md."""
    lines = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split(heading, 1)[1].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start + 2:]:
        if not line.startswith("|"):
            break
        rows.append([c.strip() for c in line.strip("|").split("|")])
    return rows


def test_own_names_in_national_tables_are_those_listed():
    fields = _fields()
    own = {}
    for name, table in TABLES.items():
        known = set().union(*(fields.get(s, set()) for s in SOURCES.get(name, (name,))))
        rest = {c for c in table.names if c not in known}
        if known and rest:
            own[name] = rest
    listed = {row[0].strip("`"): set(row[1].split(", ")) for row in _cells("whose names are this project's own")}
    assert own == listed


def test_other_names_are_national_names():
    fields = set().union(*_fields().values())
    templates = {"setl_list_oprn_id"}  # stands in the header of a template only
    assert not {f"{t.name}.{a}" for t in TABLES.values() for a in t.aliases if a not in fields | templates}


TEMPLATES = {"fee_list_d": "fee_list_d", "mdtrt_d": "mdtrt_d", "setl_d": "setl_d", "setl_list_diag_d": "setl_diag_d",
             "setl_list_oprn_d": "setl_diag_d"}


def _header(name: str) -> list[str]:
    path = SHARED / "data" / "interface_templates" / f"{name}.xlsx"
    if not path.exists():
        pytest.skip("the national templates (shared/data/interface_templates) are not beside this project")
    book = openpyxl.load_workbook(path, read_only=True)
    return [str(c) for c in next(book.active.iter_rows(max_row=1, values_only=True))]


def _left_out() -> dict[str, set[str]]:
    """Template → columns ARCHITECTURE.md says are not taken."""
    out: dict[str, set[str]] = {name: set() for name in TEMPLATES}
    for row in _cells("### Names that differ from the national templates"):
        for part in row[1].split("; "):
            name, _, columns = part.partition(": ")
            for template in TEMPLATES if name == "every template" else [name]:
                out[template] |= set(columns.split(", "))
    return out


@pytest.mark.parametrize("name", TEMPLATES)
def test_national_template_matches_the_schema(name):
    table, header = TABLES[TEMPLATES[name]], _header(name)
    assert name == table.name or name in table.known_as
    assert {h for h in header if h not in table.names and h not in table.aliases} == _left_out()[name]
    absent = [c for c in table.required if c not in {table.aliases.get(h, h) for h in header}]
    assert not absent, f"a delivery in the form of the template would lack {absent}"


@pytest.mark.parametrize("name", [n for n in TEMPLATES if n == TEMPLATES[n]])
def test_columns_of_the_schema_stand_in_the_template(name):
    assert set(TABLES[name].names) <= set(_header(name))


def test_deliveries_in_the_form_of_the_templates_are_taken_in(tmp_path):
    """One row under each national header, as a workbook: every column that is taken arrives, the rest is named."""
    for name in TEMPLATES:
        _header(name)
        book = openpyxl.load_workbook(SHARED / "data" / "interface_templates" / f"{name}.xlsx")
        table = TABLES[TEMPLATES[name]]
        own = [h if h in table.names else table.aliases.get(h) for h in _header(name)]
        book.active.append([_sample(table[c]) if c else "z" for c in own])
        (tmp_path / "sent").mkdir(exist_ok=True)
        book.save(tmp_path / "sent" / f"{name}.xlsx")
    report = ingest(tmp_path / "sent", tmp_path / "warehouse", progress=False)
    w = open_warehouse(tmp_path / "warehouse")
    for name, left_out in _left_out().items():
        table = TABLES[TEMPLATES[name]]
        header = set(_header(name))
        twice = {a for a, c in table.aliases.items() if {a, c} <= header} - set(table.names)
        unknown = next(found for file, found in report.unknown.items() if file.startswith(f"{name}.xlsx"))
        assert set(unknown) == left_out | twice
        given = {table.aliases.get(h, h) for h in header - left_out}
        rows = w.run(w.table(table.name))
        rows = rows[rows["diag_type"].eq("9") == name.endswith("oprn_d")] if "diag_type" in rows else rows
        assert len(rows) == 1 and not (set(rows.columns[rows.iloc[0].isna()]) & given)


def _sample(column: Column) -> object:
    values = {"code": "A7", "flag": "1", "text": "x", "money": "1.50", "quantity": "2", "number": "3", "count": "4",
              "date": "2025-03-01", "time": "2025-03-01 08:00:00"}
    return next(iter(CODES[column.codes])) if column.codes else values[column.kind]


@pytest.mark.parametrize("table", [t for t in TABLES.values() if t.aliases], ids=lambda t: t.name)
def test_other_names_are_taken_as_their_own(table):
    wanted = {}
    for alias, name in table.aliases.items():
        wanted.setdefault(name, alias)
    row = {wanted.get(c.name, c.name): _sample(c) for c in table.columns if c.required or c.name in wanted}
    stored = in_memory({table.name: pd.DataFrame([row])}).table(table.name).execute().iloc[0]
    assert all(pd.notna(stored[name]) for name in wanted), stored[list(wanted)].to_dict()


def test_code_lists_hold_every_code_that_was_read():
    path = SHARED / "domain" / "codelists.csv"
    if not path.exists():
        pytest.skip("the national code lists (shared/domain) are not beside this project")
    with path.open(encoding="utf-8", newline="") as f:
        read = {(r["list"], r["code"]) for r in csv.DictReader(f)}
    held = {(n, c) for lists in (CODES, PROVINCIAL) for n, codes in lists.items() for c in codes}
    assert not {(n, c) for n, c in read - held if n in CODES}


# the data dictionary


def test_data_dictionary_shows_the_facts_of_the_columns():
    zh, en = (handbook("data", lang)["data"] for lang in ("zh", "en"))
    for table in TABLES.values():
        assert f"## {table.name} {table.zh}" in zh
    line = next(r for r in zh.splitlines() if r.startswith("| `bilg_dr_code`"))
    assert "dr_info_b.dr_code" in line
    assert "73 – 136" in next(r for r in zh.splitlines() if r.startswith("| `lnt`"))
    assert "T14" in next(r for r in en.splitlines() if r.startswith("| `purc_invo_no`"))
    assert "keyed hash" in next(r for r in en.splitlines() if r.startswith("| `certno`"))
    assert "feedetl_sn → bkkp_sn" in zh and "rtal_phac_b" in en


# periods and text


TAILS = ["", "H1", "H2", "Q1", "Q2", "Q3", "Q4", *[f"-{m:02d}" for m in range(1, 13)]]


@given(st.integers(2000, 2090), st.sampled_from(TAILS))
def test_period_reads_back_and_splits_into_its_months(year, tail):
    period = Period.parse(f"{year}{tail}")
    assert Period.parse(period.text) == period
    assert period.months[0].start == period.start and period.months[-1].end == period.end
    assert period.year_ago.shifted(12) == period
    assert period.previous.end == period.start


@pytest.mark.parametrize("text", ["", "25", "2025-13", "2025Q5", "2025-02-30", "2025-06:2024-01", "last year",
                                  "2025H3"])
def test_not_a_period_is_refused_with_what_may_be_written(text):
    with pytest.raises(Refusal) as refused:
        Period.parse(text)
    assert "2025Q2" in refused.value.remedy or "calendar" in refused.value.cause
    assert refused.value.exit_code == EXIT_CODES["usage"]


@given(st.decimals(min_value=-10**9, max_value=10**9, places=4))
def test_rounding_is_half_up(value):
    shown = rounded(value, 2).replace(",", "")
    assert abs(float(shown) - float(value)) <= 0.005 + 1e-9
