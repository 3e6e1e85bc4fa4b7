"""Nothing that names a person leaves the raw deliveries: keys, pseudonyms, canaries, informers, the database door."""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import logging
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from tests import canaries
from yb_analytics.schema import TABLES, Refusal
from yb_analytics.schema.informers import names_informer
from yb_analytics.warehouse import ingest, open_warehouse, verify
from yb_analytics.warehouse._engine import connect
from yb_analytics.warehouse.keys import destroy, purposes, rotate
from yb_analytics.warehouse.privacy.key_file import derived, key_file, key_id, read_key, read_keys, write_keys
from yb_analytics.warehouse.privacy.pseudonym import PURPOSES

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = sorted((ROOT / "yb_analytics").rglob("*.py")) + sorted((ROOT / "dashboards").rglob("*.py"))


def psn_info(n: int = 20, **more) -> pd.DataFrame:
    """Canaries as a delivery of persons."""
    people = canaries.persons().head(n)
    return people.assign(psn_no=[f"p{i}" for i in range(n)], gend="1", brdy="1980-01-01", **more)


def delivery(folder: Path, frame: pd.DataFrame, name: str = "psn_info_b.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / name, index=False)
    return folder


def stored_persons(path: Path) -> pd.DataFrame:
    w = open_warehouse(path)
    return w.run(w.psn_info_b)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "w"


# ---- the key file

def test_key_file_is_its_owners_alone_and_outside(path, monkeypatch):
    read_key(path)
    assert stat.S_IMODE(key_file(path).stat().st_mode) == 0o600
    monkeypatch.setenv("YB_KEY_FILE", str(path / "key"))
    with pytest.raises(Refusal, match="inside the warehouse"):
        read_key(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o777])
def test_a_key_file_others_can_open_is_refused_with_the_remedy(tmp_path, path, mode):
    read_key(path)
    key_file(path).chmod(mode)
    with pytest.raises(Refusal, match="chmod 600") as refusal:
        ingest(delivery(tmp_path / "in", psn_info()), path, progress=False)
    assert refusal.value.kind == "environment" and not (path / "manifests").exists()


def test_another_users_key_file_is_refused(path, monkeypatch):
    read_key(path)
    monkeypatch.setattr(os, "geteuid", lambda: key_file(path).stat().st_uid + 1)
    with pytest.raises(Refusal, match="another user"):
        read_key(path)


@pytest.mark.parametrize("content", ["", "{", "{}", '{"keys": []}', "00ff", "zz", '{"keys": [{"id": "x"}]}'])
def test_a_damaged_key_file_is_refused_and_never_quoted(path, content):
    read_key(path)
    key_file(path).write_text(content)
    with pytest.raises(Refusal, match="key file") as refusal:
        read_key(path)
    assert refusal.value.kind == "environment"


def test_a_secret_stands_in_no_representation(path):
    secret = read_key(path).hex()
    keys = read_keys(path)
    assert secret not in repr(keys) and secret not in str(keys[0]) and keys[0].id == key_id(bytes.fromhex(secret))


def test_each_purpose_has_a_key_of_its_own(path):
    key = read_key(path)
    made = [derived(key, p) for p in purposes()]
    assert len({*made, key}) == len(purposes()) + 1 and {"name", "certificate", "phone", "address"} <= set(purposes())


def test_another_key_is_refused_by_name_before_a_row_is_written(tmp_path, path):
    ingest(delivery(tmp_path / "a", psn_info(5)), path, progress=False)
    before = {p: p.stat().st_mtime_ns for p in path.rglob("*") if p.is_file() and p.name != ".lock"}
    was = read_keys(path)[0].id
    key_file(path).unlink()
    with pytest.raises(Refusal, match=was):
        ingest(delivery(tmp_path / "b", psn_info(9)), path, progress=False)
    read_key(path)
    with pytest.raises(Refusal, match=f"key file {re.escape(str(key_file(path)))}"):
        ingest(delivery(tmp_path / "b", psn_info(9)), path, progress=False)
    assert before == {p: p.stat().st_mtime_ns for p in path.rglob("*") if p.is_file() and p.name != ".lock"}
    key_file(path).unlink()
    assert len(stored_persons(path)) == 5  # reading needs no key


# ---- pseudonyms

def test_spellings_of_one_value_have_one_pseudonym_and_the_same_in_every_table(tmp_path, path):
    rows = pd.DataFrame({
        "psn_no": ["a", "b"], "psn_name": [" 金　明·", "金明"], "certno": ["11010519491231002x", "110105491231002"],
        "tel": ["+86 138-0013-8000", "13800138000"], "live_addr": ["中山路 １２号", "中山路12号"]})
    ingest(delivery(tmp_path / "in", rows), path, progress=False)
    w = open_warehouse(path)
    made = w.run(w.psn_info_b)
    assert all(made[c].nunique() == 1 and made[c].str.fullmatch("[0-9a-f]{64}").all() for c in PURPOSES)
    assert len({made[c][0] for c in PURPOSES}) == len(PURPOSES)
    assert made.link_code.nunique() == 1


def test_the_same_content_under_any_key_has_the_same_version(tmp_path):
    versions = {ingest(delivery(tmp_path / "in", psn_info()), tmp_path / f"w{i}", progress=False).data_version
                for i in range(2)}
    assert len(versions) == 1


def test_a_delivered_linkage_code_is_not_believed(tmp_path, path):
    ingest(delivery(tmp_path / "in", psn_info(3, link_code="雀禽鸢")), path, progress=False)
    w = open_warehouse(path)
    assert not w.run(w.psn_info_b).link_code.str.contains("雀").any() and not canaries.found(path)


# ---- every stored byte

def _typical(tmp_path: Path) -> Path:
    """Good rows, rows that cannot be read with personal values in the wrong column, columns nobody knows."""
    people = canaries.persons()
    folder = delivery(tmp_path / "in", psn_info(40, remark=people.psn_name.head(40), crte_time="2025-01-01"))
    shifted = psn_info(20).assign(psn_no=[f"s{i}" for i in range(20)])
    for n, (column, value) in enumerate((("brdy", "psn_name"), ("updt_time", "tel"), ("gend", "certno"),
                                         ("surv_stas", "psn_name"), ("resd_loc_admdvs", "tel"))):
        wrong = shifted.assign(**{column: people[value].head(20)}, psn_no=[f"s{n}{i}" for i in range(20)])
        delivery(folder, wrong, f"psn_info_b_{n}.csv")
    setl = pd.DataFrame({"setl_id": ["1", "2", "3", "4"], "psn_no": "p1", "fixmedins_code": "H1", "med_type": "11",
                         "setl_time": ["2025-01-01", people.psn_name[0], people.certno[1], people.tel[2]],
                         "medfee_sumamt": [5, people.live_addr[4], 3, people.certno[5]],
                         "fund_pay_sumamt": 1})
    delivery(folder, setl, "setl_d.csv")
    tips = pd.DataFrame({"tip_id": people.index.astype(str), "recv_week": "2025-01-06",
                         "content": "反映 " + people.psn_name + "，" + people.tel + "，" + people.live_addr})
    return delivery(folder, tips, "tip_d.csv")


def test_no_personal_value_stands_in_any_stored_byte(tmp_path, path, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    report = ingest(_typical(tmp_path), path, progress=True)
    assert report.quarantined == 5 * 20 + 3
    w = open_warehouse(path)
    said = [report.text, report.table.to_csv(), report.stored.to_csv(), report.coerced.to_csv(), repr(report),
            report._repr_html_(),
            w.run(w.quarantine).to_csv(), *capfd.readouterr(), caplog.text]
    assert w.run(w.quarantine).reason.str.contains("文|9").any(), "the form of the value is told"
    assert not [s for s in said if canaries.told(s.encode())]
    around = (tmp_path / "in", tmp_path / "w.raw")
    assert canaries.found(tmp_path, skip=around) == [] and canaries.found(tmp_path / "w.raw")
    for kept in (tmp_path / "w.raw").rglob("*"):
        assert not stat.S_IMODE(kept.stat().st_mode) & 0o077, kept


def test_a_killed_ingest_leaves_no_personal_value_in_the_warehouse(tmp_path, path):
    people = pd.concat([psn_info(100)] * 300).assign(psn_no=[f"p{i}" for i in range(30_000)])
    for part in range(4):
        delivery(tmp_path / "in", people, f"psn_info_b_{part}.csv")
    code = "import sys; from yb_analytics.warehouse import ingest; ingest(sys.argv[1], sys.argv[2], progress=False)"
    writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "in"), str(path)])
    staging, until = path.with_name("w.staging"), time.monotonic() + 60
    while not any(staging.glob("*")) and writer.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert staging.exists() and stat.S_IMODE(staging.stat().st_mode) == 0o700
    assert canaries.found(path) == []
    ingest(delivery(tmp_path / "small", psn_info(2)), path, progress=False)
    assert not staging.exists() and canaries.found(path) == []


def test_a_refused_delivery_leaves_nothing_and_is_not_quoted(tmp_path, path):
    folder = delivery(tmp_path / "in", psn_info())
    (folder / "psn_info_b_2.csv").write_bytes((folder / "psn_info_b.csv").read_bytes() + "雀禽鸢".encode("utf-16"))
    with pytest.raises(Refusal) as refusal:
        ingest(folder, path, progress=False)
    assert not canaries.told(str(refusal.value).encode())
    assert canaries.found(tmp_path, skip=(folder, tmp_path / "w.raw")) == [] and not (tmp_path / "w.staging").exists()


@pytest.mark.parametrize("kind", ["text", "gb18030", "utf16", "json", "gz", "zip", "parquet", "xlsx", "hash", "name"])
def test_the_search_finds_a_canary_in_every_container(tmp_path, kind):
    one = canaries.persons().iloc[7]
    if kind in ("text", "gb18030", "utf16"):
        (tmp_path / "a").write_bytes(f"x{one.psn_name}".encode({"text": "utf-8", "utf16": "utf-16"}.get(kind, kind)))
    if kind == "json":
        (tmp_path / "a.ipynb").write_text(json.dumps({"x": one.psn_name}))
    if kind == "gz":
        (tmp_path / "a.gz").write_bytes(gzip.compress(one.tel.encode()))
    if kind == "zip":
        with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("b", one.live_addr)
    if kind == "parquet":
        pq.write_table(pa.table({"a": [one.certno] * 3}), tmp_path / "a.parquet", compression="zstd")
    if kind == "xlsx":
        pd.DataFrame([one]).to_excel(tmp_path / "a.xlsx")
    if kind == "hash":
        (tmp_path / "a").write_text(hashlib.sha256(one.certno.encode()).hexdigest())
    if kind == "name":
        (tmp_path / one.psn_name).touch()
    assert len(canaries.found(tmp_path)) == 1


# ---- rotation

def test_after_rotation_persons_are_known_and_the_old_key_can_be_destroyed(tmp_path, path):
    people = psn_info(40)
    ingest(delivery(tmp_path / "a", people.head(30)), path, progress=False)
    ingest(delivery(tmp_path / "b", people.tail(20).assign(updt_time="2025-01-01")), path, progress=False)
    reader = open_warehouse(path)
    before = reader.run(reader.psn_info_b).set_index("psn_no")
    old = read_keys(path)[0].id
    done = rotate(path, progress=False)
    assert (done.before, done.rows, done.tables) == (old, 40, ("psn_info_b",)) and done.after in done.text
    w = open_warehouse(path)
    after = w.run(w.psn_info_b).set_index("psn_no").loc[before.index]
    assert w.data_version == reader.data_version and verify(path) == []
    for column in (*PURPOSES, "link_code"):
        assert not (before[column] == after[column]).any() and after[column].nunique() == before[column].nunique()
    pd.testing.assert_frame_equal(reader.run(reader.psn_info_b).set_index("psn_no"), before)  # keeps its version
    destroy(path, old)
    assert [k.state for k in read_keys(path)] == ["destroyed", "active"] and not read_keys(path)[0].secret
    ingest(delivery(tmp_path / "c", people.head(10).assign(psn_no=[f"q{i}" for i in range(10)])), path, progress=False)
    w = open_warehouse(path)
    rows = w.run(w.psn_info_b).set_index("psn_no")
    assert all(rows.loc[f"q{i}", "certno"] == rows.loc[f"p{i}", "certno"] for i in range(10)), "joins hold"
    clear = tuple(tmp_path / n for n in ("a", "b", "c", "w.raw"))
    assert verify(path) == [] and canaries.found(tmp_path, skip=clear) == []


def test_an_interrupted_rotation_goes_on(tmp_path, path, monkeypatch):
    from yb_analytics.warehouse.privacy import rotation as _rotation

    ingest(delivery(tmp_path / "a", psn_info(10)), path, progress=False)
    old = read_keys(path)[0].id

    def cut(*_):
        raise KeyboardInterrupt

    for at in ("_replace", "end_rotation"):
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(_rotation, at, cut)
            rotate(path, progress=False)
        assert verify(path) == [] and len(stored_persons(path)) == 10
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(_rotation.manifests, "publish", cut)
        rotate(path, progress=False)
    with pytest.raises(Refusal, match="rotate"):  # neither key alone would know everybody
        ingest(delivery(tmp_path / "b", psn_info(12)), path, progress=False)
    done = rotate(path, progress=False)
    assert done.before == old and verify(path) == [] and len(read_keys(path)) == 2
    ingest(tmp_path / "b", path, progress=False)
    w = open_warehouse(path)
    assert w.run(w.psn_info_b).certno.nunique() == 12


def test_rotation_without_raw_deliveries_changes_nothing(tmp_path, path):
    ingest(delivery(tmp_path / "a", psn_info(10)), path, progress=False, keep=False)
    keys, version = key_file(path).read_text(), open_warehouse(path)._source.manifest.version
    with pytest.raises(Refusal, match="raw deliveries") as refusal:
        rotate(path, progress=False)
    assert refusal.value.kind == "empty" and key_file(path).read_text() == keys
    assert open_warehouse(path)._source.manifest.version == version


def test_only_a_retired_key_is_destroyed_and_the_command_shows_no_secret(tmp_path, path):
    from yb_analytics.cli import app, persons

    ingest(delivery(tmp_path / "a", psn_info(3)), path, progress=False)
    active = read_keys(path)[0]
    with pytest.raises(Refusal, match="active"):
        destroy(path, active.id)
    assert persons.keys is not None
    shown = CliRunner().invoke(app, ["keys", "-w", str(path)])
    assert shown.exit_code == 0 and active.id in shown.output and active.made in shown.output
    assert active.secret not in shown.output and "certificate" in shown.output
    assert CliRunner().invoke(app, ["keys", "rotate", "-w", str(path)]).exit_code == 0
    assert CliRunner().invoke(app, ["keys", "destroy", active.id, "-w", str(path)]).exit_code == 0
    write_keys(path, read_keys(path))
    assert stat.S_IMODE(key_file(path).stat().st_mode) == 0o600


# ---- informers

INFORMERS = ("举报人", "举报人姓名", "举报人联系电话", "投诉人", "检举人证件号", "信访人", "informant", "informer_name",
             "whistleblower_id", "whistle_blower", "tipster", "reporter_tel", "complainant", "rptr_name", "jubaoren")


def test_no_field_of_the_schema_could_name_an_informer():
    found = [f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns
             if names_informer(c.name, t.name) or names_informer(c.zh)]
    assert found == []
    assert [c.name for n in ("tip_d", "reward_d") if n in TABLES for c in TABLES[n].columns if c.personal] == []


@pytest.mark.parametrize("column", INFORMERS)
@pytest.mark.parametrize("table", ["setl_d", "tip_d"])
def test_a_delivery_with_an_informer_is_refused_by_name(tmp_path, path, column, table):
    required = dict.fromkeys(TABLES[table].required, "1") | {"setl_time": "2025-01-01"}
    delivery(tmp_path / "in", pd.DataFrame([{**required, column: "雀禽鸢一"}]), f"{table}.csv")
    with pytest.raises(Refusal, match=re.escape(column)) as refusal:
        ingest(tmp_path / "in", path, progress=False)
    assert refusal.value.kind == "schema" and "雀禽鸢" not in str(refusal.value)
    assert canaries.found(tmp_path, skip=(tmp_path / "in",)) == [], "not even the raw store keeps it"


@pytest.mark.parametrize("column", ["姓名", "联系电话", "银行账号", "psn_name", "tel", "certno", "payee"])
def test_in_tips_and_rewards_no_column_may_name_anybody(tmp_path, path, column):
    delivery(tmp_path / "in", pd.DataFrame([{"tip_id": "1", column: "x"}]), "tip_d.csv")
    with pytest.raises(Refusal, match=column):
        ingest(tmp_path / "in", path, progress=False)


def test_xlsx_and_parquet_with_an_informer_are_refused(tmp_path, path):
    frame = pd.DataFrame([{"tip_id": "1", "recv_week": "2025-01-06", "举报人": "雀禽鸢一"}])
    for name, write in (("tip_d.xlsx", frame.to_excel), ("tip_d.parquet", frame.to_parquet)):
        (tmp_path / name).mkdir()
        write(tmp_path / name / name, index=False)
        with pytest.raises(Refusal, match="举报人"):
            ingest(tmp_path / name, path, progress=False)


def test_a_mapping_cannot_bring_an_informer_in(tmp_path, path):
    delivery(tmp_path / "in", pd.DataFrame([{"nr": "1", "举报人": "甲"}]), "x.csv")
    for source in ("举报人", "nr"):  # the column is refused whether it is mapped or not
        (tmp_path / "m.yaml").write_text(
            f"title: t\nsources:\n  - files: x.csv\n    table: tip_d\n    columns: {{tip_id: {source}}}\n", "utf-8")
        with pytest.raises(Refusal, match="whistle-blower"):
            ingest(tmp_path / "in", path, mapping=tmp_path / "m.yaml", progress=False)


# ---- the database door and the code

def test_a_connection_sees_its_folders_only_and_cannot_be_changed(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out.csv").write_text("a\n1\n")
    con = connect([tmp_path / "in"]).con
    for statement in ("SELECT * FROM read_csv('{}')", "COPY (SELECT 1) TO '{}'", "ATTACH '{}'"):
        with pytest.raises(Exception, match=r"(?i)permission|disabled"):
            con.execute(statement.format(tmp_path / "out.csv"))
    for statement in ("SET enable_external_access = true", "SET lock_configuration = false", "SET memory_limit = '1GB'",
                      "SET temp_file_encryption = false", "INSTALL httpfs", "LOAD httpfs"):
        with pytest.raises(Exception, match=r"(?i)lock|disabled|permission|not allowed|cannot"):
            con.execute(statement)
    hidden = "frame of python"
    with pytest.raises(Exception, match="hidden"):
        con.execute("SELECT * FROM hidden")
    assert hidden and con.execute("SELECT current_setting('temp_file_encryption')").fetchone() == (True,)


def _built(node: ast.expr, constants: set[str]) -> bool:
    """Whether an expression makes a text at run time instead of naming a constant one."""
    if isinstance(node, ast.Constant):
        return False
    if isinstance(node, ast.Name):
        return node.id not in constants
    return True


def test_no_statement_is_built_from_strings_and_one_place_connects():
    doors, wrong = [], []
    for file in PACKAGE:
        tree = ast.parse(file.read_text("utf-8"))
        constants = {t.id for n in tree.body if isinstance(n, ast.Assign) and isinstance(n.value, ast.Constant)
                     for t in n.targets if isinstance(t, ast.Name)}
        loops = {n.target.id for n in ast.walk(tree) if isinstance(n, ast.For) and isinstance(n.target, ast.Name)
                 and isinstance(n.iter, ast.Tuple) and all(isinstance(e, ast.Name) and e.id in constants
                                                           for e in n.iter.elts)}
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name, owner = node.func.attr, ast.unparse(node.func.value)
            if name in ("sql", "raw_sql", "execute", "executemany") or (name == "query" and owner.endswith("con")):
                wrong += [f"{file.name}:{node.lineno}" for a in node.args[:1] if _built(a, constants | loops)]
            if name == "connect" and owner in ("duckdb", "ibis.duckdb"):
                doors.append(file.name)
    assert wrong == [] and doors == ["_engine.py"]


def test_nothing_that_runs_code_when_read_is_imported():
    banned = {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
    for file in PACKAGE:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
            assert not {n.split(".")[0] for n in names} & banned, file
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("read_pickle", "to_pickle"), file


# ---- the demo

@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """`make demo` over a tiny city in which a hundred persons are canaries: what was said, and where all lies."""
    from yb_analytics.city import make_city
    from yb_analytics.reporting import demonstration

    top = tmp_path_factory.mktemp("demo")
    city = top / "demo" / "city-600"
    make_city(city, persons=600, start="2024-01", months=24, seed=7, progress=False)
    file = next((city / "data" / "psn_info_b").glob("*.parquet"))
    people = pq.read_table(file).to_pandas()
    planted = canaries.persons()
    for column in planted:
        people[column] = people[column].astype(object)
        people.loc[people.index[:canaries.COUNT], column] = planted[column].to_numpy()
    schema = pq.read_schema(file)
    pq.write_table(pa.Table.from_pandas(people[schema.names], schema=schema, preserve_index=False), file)
    shutil.copy(delivery(top / "more", psn_info(30).assign(brdy=planted.psn_name.head(30)), "psn_info_b_late.csv")
                / "psn_info_b_late.csv", city / "data")
    tips = next((city / "data" / "tip_d").glob("*.parquet"))
    rows = pq.read_table(tips)
    text = (planted.psn_name + " " + planted.tel + " " + planted.live_addr).to_list()
    pq.write_table(rows.append_column("content", pa.array([text[i % 100] for i in range(len(rows))])), tips)
    said = [f"{title}\n{text}" for title, text in demonstration(top / "demo", 600, top / "reports")]
    return top, said


@pytest.mark.slow
def test_no_canary_in_any_output_of_the_demo(demo, capfd):
    top, said = demo
    raw, city = top / "demo" / "warehouse.raw", top / "demo" / "city-600"
    assert len(said) >= 9 and not [s for s in said if canaries.told(s.encode())]
    assert canaries.found(city) and canaries.found(raw), "they were planted, and taken in"
    assert canaries.found(top, skip=(raw, city, top / "more")) == []
    kinds = {p.suffix for p in (top / "reports").rglob("*")}
    assert {".html", ".xlsx", ".ipynb"} <= kinds, "reports of every kind were searched"


@pytest.mark.slow
def test_no_canary_on_any_page_or_in_an_answer_asked_for(demo):
    from dashboards import app
    from dashboards.leads import Leads
    from dashboards.overview import Overview
    from yb_analytics.leads import explain
    from yb_analytics.reporting import views

    assert app is not None
    w = open_warehouse(demo[0] / "demo" / "warehouse")
    desk, leads = views.Desk(w), w.run(w.stored("lead"))
    shown = []
    for lead in leads["lead_id"].head(3):
        shown.append(str(vars(explain(w, lead))))
        for page in (Overview, Leads):
            q = views.settled(desk, views.Query(lead=lead, period="2025"))
            shown.append(views.page({b.__name__: desk.shown(b, q) for b in page.blocks}, "zh"))
    shown += [w.run(w.table(t).limit(5000)).to_csv() for t in TABLES]
    assert max(map(len, shown)) > 10_000 and not [s[:80] for s in shown if canaries.told(s.encode())]
