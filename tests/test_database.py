"""Deliveries out of databases, PostgreSQL from a real server that this test starts."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

import duckdb
import ibis
import pytest

from tests.deliveries import deliver, stored, taken
from yb_analytics.schema import Refusal

ROW = {"setl_id": "330402199001011234", "psn_no": "p1", "fixmedins_code": "H1", "setl_time": "2025-03-01 08:00:00",
       "med_type": "11", "medfee_sumamt": "10.10", "fund_pay_sumamt": "5.00", "fixmedins_name": "嘉兴一院"}
ROWS = [ROW, {**ROW, "setl_id": "2", "setl_time": "2025-04-01 23:59:59", "medfee_sumamt": "12345678901234.56"}]
PASSWORD = "se cret/@:9"
CREATE = """create table setl_d (setl_id text primary key, psn_no varchar(30), fixmedins_code text, setl_time timestamp,
 med_type text, medfee_sumamt numeric(16,2), fund_pay_sumamt numeric, fixmedins_name text)"""
MAPPING = """
title: a hospital's own tables
sources:
  - files: jiesuan
    table: setl_d
    columns: {setl_id: num, psn_no: who, fixmedins_code: {constant: H1}, setl_time: at, med_type: {constant: "11"},
              medfee_sumamt: {from: fen, scale: 0.01}, fund_pay_sumamt: {constant: "0"}}
"""


def _programs() -> Path | None:
    """Folder of the PostgreSQL server's programs."""
    found = [Path(p) for p in ("/usr/local/bin", "/usr/bin")] + sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((f for f in found if (f / "initdb").exists() and (f / "postgres").exists()), None)


def _as() -> dict:
    """The server refuses to run as root: then as an unprivileged user."""
    if os.geteuid():
        return {}
    user = next(pwd.getpwnam(n) for n in ("postgres", "nobody") if n in {u.pw_name for u in pwd.getpwall()})
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian package postgresql)")
    home = Path(tmp_path_factory.mktemp("pg"))
    who = _as()
    private = Path("/tmp") / f"yb-pg-{os.getpid()}"  # an unprivileged user cannot enter root's folders
    private.mkdir()
    if who:
        os.chown(private, who["user"], who["group"])
    (home / "password").write_text(PASSWORD)
    (private / "password").write_text(PASSWORD)
    env = {"PATH": f"{programs}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": str(private)}
    run = {"check": True, "env": env, "cwd": private, "capture_output": True, **who}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run([programs / "initdb", "-D", private / "data", "-U", "yb", "-A", "scram-sha-256", "-E", "UTF8",
                    f"--pwfile={private / 'password'}", "-N"], **run)
    options = f"-p {port} -h 127.0.0.1 -k {private} -F"
    subprocess.run([programs / "pg_ctl", "-D", private / "data", "-l", private / "log", "-o", options, "-w", "start"],
                   **{**run, "capture_output": False, "stdout": subprocess.DEVNULL})
    try:
        yield f"postgres://yb:se%20cret%2F%40%3A9@127.0.0.1:{port}/postgres", port
    finally:
        subprocess.run([programs / "pg_ctl", "-D", private / "data", "-m", "immediate", "stop"], **run)
        shutil.rmtree(private, ignore_errors=True)


def insert(execute, table="setl_d"):
    for row in ROWS:
        execute(f"insert into {table} values (" + ", ".join(f"'{v}'" for v in row.values()) + ")")  # noqa: S608


def test_postgresql_by_name_and_by_mapping(server, tmp_path):
    address, port = server
    con = ibis.postgres.connect(host="127.0.0.1", port=port, user="yb", password=PASSWORD, database="postgres")
    con.con.execute(CREATE)
    insert(con.con.execute)
    con.con.execute("create table jiesuan as select 'n1' as num, 'p1' as who, 1234::bigint as fen, "
                    "timestamptz '2025-03-01 00:00:00+08' as at")
    report = taken(address, tmp_path / "w")
    assert report.accepted == 2
    reference = taken(deliver(tmp_path / "csv", ROWS, "csv"), tmp_path / "v")
    assert report.data_version == reference.data_version
    assert taken(address, tmp_path / "w").version == report.version  # the same rows are the same delivery
    (tmp_path / "map.yaml").write_text(MAPPING)
    taken(address, tmp_path / "m", tmp_path / "map.yaml")
    got = stored(tmp_path / "m").iloc[0]
    assert (got.setl_id, str(got.medfee_sumamt), str(got.setl_time)) == ("n1", "12.34", "2025-03-01 00:00:00")


def test_a_password_is_never_shown(server, tmp_path):
    address, port = server
    for wrong in (address.replace("@127", "x@127"), address.replace("/postgres", "/nowhere"),
                  address.replace(str(port), "1")):
        with pytest.raises(Refusal, match="postgres://yb@127") as refusal:
            taken(wrong, tmp_path / "w")
        assert "se cret" not in str(refusal.value) and "cret%2F" not in str(refusal.value)


def test_duckdb_and_sqlite_files(tmp_path):
    import sqlite3

    reference = taken(deliver(tmp_path / "csv", ROWS, "csv"), tmp_path / "v").data_version
    with duckdb.connect(str(tmp_path / "a.duckdb")) as con:
        con.execute(CREATE.replace("numeric,", "numeric(16,2),"))
        insert(con.execute)
    with sqlite3.connect(tmp_path / "b.sqlite") as con:
        con.execute(CREATE)
        insert(con.execute)
    con.close()
    assert taken(f"duckdb://{tmp_path}/a.duckdb", tmp_path / "w").data_version == reference
    assert taken(f"sqlite://{tmp_path}/b.sqlite", tmp_path / "x").data_version == reference
    assert stored(tmp_path / "x").setl_id.tolist() == ["2", "330402199001011234"]
    with pytest.raises(Refusal, match="no such file"):
        taken(f"sqlite://{tmp_path}/c.sqlite", tmp_path / "x")
    (tmp_path / "map.yaml").write_text(MAPPING)
    with pytest.raises(Refusal, match="no table jiesuan"):
        taken(f"duckdb://{tmp_path}/a.duckdb", tmp_path / "y", tmp_path / "map.yaml")
