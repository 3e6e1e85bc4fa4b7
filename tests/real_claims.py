"""A claim file made of real codes: of every class, condition and window one encounter that breaks a point, one not.

`P<n>` breaks the point, `Q<n>` is its counter-case: the same item where it may be charged.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from yb_analytics.schema import TABLES

FIRST = date(2025, 7, 7)
"""Fees arise on this Monday, or on the day after a point came into force."""

PLAIN = {"gend": "2", "brdy": date(1950, 1, 1), "med_type": "11", "hosp_lv": "11", "insutype": "310"}


def chosen_of(points: pd.DataFrame) -> pd.DataFrame:
    """One point of every class, condition and window, in force at some time."""
    live = points[points["valid_until"] > FIRST].sort_values(["rule_class", "condition", "unit", "point_id"])
    return live.drop_duplicates(["rule_class", "condition", "unit"]).reset_index(drop=True)


def _aged(years: str) -> date:
    """Born so that the person has that age on the first day."""
    return date(FIRST.year - int(float(years)), 1, 1) if years.isdigit() else FIRST


def _who(kind: str, value: str, breaks: bool) -> dict:
    """The person and the institution of the encounter."""
    listed = value.split(";")
    told: dict[str, dict] = {
        "sex": {"gend": {"1": "2", "2": "1"}.get(value, "1") if breaks else value},
        "age_min": {"brdy": date(2025, 5, 1) if breaks else _aged(value)},
        "age_max": {"brdy": date(1950, 1, 1) if breaks else _aged(value)},
        "age_days_max": {"brdy": date(1950, 1, 1) if breaks else date(2025, 7, 1)},
        "insutype_not": {"insutype": listed[0] if breaks else "410"},
        "med_type": {"med_type": "11" if breaks else listed[0]},
        "level_min": {"hosp_lv": "11" if breaks else "03"}}
    return PLAIN | told.get(kind, {})


def _charged(point: pd.Series, twin: str, breaks: bool) -> list[dict]:
    """Item, day, quantity, price and scope of each line of the encounter."""
    kind, item = point["condition"], {"hilist_code": point["item_code"], "day": 0, "cnt": 1, "pric": 100.0}
    number = float(point["value"]) if point["value"].replace(".", "").isdigit() else 0
    if kind == "pair":
        return [item, {**item, "hilist_code": point["other_code"]}][: 1 + breaks]
    if kind == "discount":
        return [item, {**item, "hilist_code": twin, "pric": 100.0 if breaks else 50.0}]
    if kind == "max_course":
        return [{**item, "day": d} for d in range(int(number) + breaks)]
    if kind == "max_count":
        return [{**item, "cnt": number + breaks}]
    if kind == "not_paid":
        return [item if breaks else {**item, "scope": 0.0}]
    if kind == "single_herb" and not breaks:
        return [item, {**item, "hilist_code": "T000000000"}]
    return [item]


def _encounter(n: int, point: pd.Series, twin: str, breaks: bool) -> list[dict]:
    mark = f"{'P' if breaks else 'Q'}{n}"
    since = pd.Timestamp(max(point["valid_from"], FIRST)) + pd.Timedelta(hours=9)
    who = {**_who(point["condition"], point["value"], breaks), "psn_no": mark, "mdtrt_id": f"M{mark}",
           "setl_id": f"S{mark}", "fixmedins_code": f"H{mark}", "list_type": "102"}
    return [{**who, "bkkp_sn": f"{mark}.{k}", "hilist_code": line["hilist_code"], "hilist_name": line["hilist_code"],
             "fee_ocur_time": since + pd.Timedelta(days=line["day"], minutes=k), "cnt": line["cnt"],
             "pric": line["pric"], "pric_uplmt_amt": 100.0, "det_item_fee_sumamt": line["pric"] * line["cnt"],
             "inscp_amt": line.get("scope", line["pric"] * line["cnt"])}
            for k, line in enumerate(_charged(point, twin, breaks))]


def claims(points: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Tables of the claim file, and the points chosen."""
    chosen, rows = chosen_of(points), []
    for n, point in chosen.iterrows():
        group = points[(points["condition"] == "discount") & (points["unit"] == point["unit"])]
        twin = next((c for c in group["item_code"] if c != point["item_code"]), "")
        for breaks in (True, False):
            rows += _encounter(int(str(n)), point, twin, breaks)
    lines = pd.DataFrame(rows)
    bills = lines.groupby("setl_id", as_index=False).first()
    sums = lines.groupby("setl_id")[["det_item_fee_sumamt", "inscp_amt"]].sum()
    last = lines.groupby("setl_id")["fee_ocur_time"].max().to_numpy()
    paid = sums["inscp_amt"].to_numpy() * 0.7
    bills = bills.assign(setl_time=last, medfee_sumamt=sums["det_item_fee_sumamt"].to_numpy(), fund_pay_sumamt=paid,
                         inscp_amt=sums["inscp_amt"].to_numpy(), psn_pay=sums["det_item_fee_sumamt"].to_numpy() - paid,
                         begndate=bills["fee_ocur_time"].dt.date, enddate=pd.to_datetime(last).date)
    visits = bills.assign(begntime=bills["fee_ocur_time"], endtime=bills["setl_time"])
    frames = {"fee_list_d": lines, "setl_d": bills, "mdtrt_d": visits}
    return {t: f[[c for c in f if c in TABLES[t].names]] for t, f in frames.items()}, chosen
