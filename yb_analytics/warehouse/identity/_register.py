"""Persons of a register that carries no person number: who of the insured are they?"""

from __future__ import annotations

import hmac

import pandas as pd
import pyarrow as pa

from yb_analytics.schema import TABLES, Refusal
from yb_analytics.schema.informers import refuse_informers
from yb_analytics.warehouse._frames import canonical
from yb_analytics.warehouse.identity._linking import BANDS, FIELDS, counted, said, scored, threshold_of
from yb_analytics.warehouse.identity._model import LABELS
from yb_analytics.warehouse.privacy.key_file import derived, key_id, read_key
from yb_analytics.warehouse.privacy.linkage import Coder
from yb_analytics.warehouse.privacy.pseudonym import MADE_FROM, purpose_of
from yb_analytics.warehouse.reader import Warehouse

REGISTER_COLUMNS = ("id", "psn_no", "weight", "probability", "band", *LABELS, "text")
"""Columns of the answer: the register's own id and the person number, else as in `link`."""


def _keyed(key: bytes, frame: pd.DataFrame) -> pa.Table:
    """The register as ingest would have stored it: clear values become codes here and go no further."""
    clear = {c: [v if isinstance(v, str) else "" for v in frame[c]] if c in frame else [""] * len(frame)
             for c in MADE_FROM}
    made: dict[str, list] = {"psn_no": [str(v) for v in frame["id"]]}
    for column, values in clear.items():
        purpose, normal = purpose_of(column)
        own = derived(key, purpose)
        forms = [normal(v) for v in values]
        made[column] = [hmac.digest(own, f.encode(), "sha256").hex() if f else None for f in forms]
    made["link_code"] = [c or None for c in map(Coder(key).code, *clear.values())]
    kept = pd.DataFrame(made).assign(**{c: frame[c].to_numpy() for c in ("gend", "brdy") if c in frame})
    return canonical(TABLES["psn_info_b"], kept).select(list(FIELDS))


def recognise(w: Warehouse, p, register: pd.DataFrame, threshold: float | None = None) -> pd.DataFrame:
    """Insured persons who probably are the persons of a register without person numbers.

    Parameters
    ----------
    w
        A warehouse on disk; its key file must be at hand.
    p
        Parameters of `identity` on a day.
    register
        In clear: `id` (unique), and of `psn_name`, `certno`, `tel`, `live_addr`, `gend`, `brdy` what there is. It is
        coded in memory and not stored.
    threshold
        As in `link`.

    Returns
    -------
    DataFrame
        One row per pair in the columns of :data:`REGISTER_COLUMNS`, the most probable first.

    Raises
    ------
    Refusal
        `schema` for unknown columns or ids that are not unique, `environment` without the right key.
    """
    match, persons = threshold_of(p, threshold), counted(w)
    _refuse_unfit(register)
    return _answer(scored(w, p, p.known_share / persons, w.register(_keyed(_key(w), register))), match)


def _refuse_unfit(register: pd.DataFrame) -> None:
    """Refuse a register with columns that are not known (or name an informer), or ids that are not unique."""
    refuse_informers(map(str, register.columns), "register")
    unknown = sorted(set(map(str, register.columns)) - {"id", "gend", "brdy", *MADE_FROM})
    if unknown or "id" not in register or register["id"].duplicated().any():
        raise Refusal("名册的列不认识，或 id 缺失、重复 · "
                      f"register: unknown columns {', '.join(unknown) or 'none'}; ids must be there and unique",
                      "给出 id 及姓名、证件号码等已有的列 · "
                      f"give id and of {', '.join((*MADE_FROM, 'gend', 'brdy'))} what there is", "schema")


def _answer(found: pd.DataFrame, match: float) -> pd.DataFrame:
    out = pd.DataFrame({
        "id": found["psn_no_r"].astype(str), "psn_no": found["psn_no_l"].astype(str),
        "weight": found["match_weight"].astype(float).round(9),
        "probability": found["match_probability"].astype(float).round(9), **said(found)})
    out["band"] = (out["probability"] >= match).map({True: "match", False: "review"})
    out["text"] = [f"登记 {r['id']} 与人员编号 {r['psn_no']} {BANDS[r['band']]}（概率 {r['probability']:.1%}）："
                   f"{'；'.join(str(r[c]) for c in LABELS)}。" for r in out.to_dict("records")]
    order = ["probability", "weight", "id", "psn_no"]
    return out[list(REGISTER_COLUMNS)].sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def _key(w: Warehouse) -> bytes:
    """The key the pseudonyms of this warehouse were made with."""
    name = getattr(getattr(w._source, "manifest", None), "key", "")
    if w.path is None or not name:
        raise Refusal("该仓库未写明密钥 · this warehouse names no key",
                      "打开由 yb ingest 生成的仓库 · open one that was made by ingest", "environment")
    key = read_key(w.path)
    if key_id(key) != name:
        raise Refusal(f"密钥文件中是 {key_id(key)}，该版本用的是 {name} · "
                      f"the key file holds the key {key_id(key)}, this version was made with {name}",
                      "打开最新版本，或用 YB_KEY_FILE 指明正确的密钥文件 · "
                      "open the newest version, or name the right file with YB_KEY_FILE", "environment")
    return key
