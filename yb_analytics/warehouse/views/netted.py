"""The netted views everything else uses: settlements, stays, fee lines, institutions.

One code for tables in memory and on disk. Reversals are resolved once per warehouse (see `reversals`) into
small DuckDB tables; rows that no reversal touches pass through unchanged, without a join beyond one probe
of that small table, and without a group.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import ibis
import pandas as pd
import pyarrow as pa

from yb_analytics.schema import INPATIENT, PHARMACY, TABLES
from yb_analytics.warehouse.views.conventions import Conventions, conventions
from yb_analytics.warehouse.views.pairing import Pairing, as_links, candidates, pair, takes_back
from yb_analytics.warehouse.views.reversals import is_linked, resolve, touched


@dataclass(frozen=True)
class Netting:
    """How the rows of one table cancel: their key, their link, the flows that are added up, refunds without link."""

    table: str
    key: str
    link: str
    flows: tuple[str, ...]
    unlinked: Pairing


def _flows(table: str, *levels: str) -> tuple[str, ...]:
    """Money columns that add up over rows (a balance does not)."""
    return tuple(c.name for c in TABLES[table].columns if c.kind == "money" and c.name not in levels)


SETTLEMENTS = Netting("setl_d", "setl_id", "init_setl_id", _flows("setl_d", "balc"), Pairing(
    ("medfee_sumamt", "fund_pay_sumamt"), "setl_time", ("psn_no", "fixmedins_code"), "refd_setl_flag", partial=True,
    sender="fixmedins_code"))
LINES = Netting("fee_list_d", "bkkp_sn", "init_feedetl_sn", ("cnt", *_flows("fee_list_d")), Pairing(
    ("det_item_fee_sumamt", "cnt"), "fee_ocur_time", ("mdtrt_id", "hilist_code")))


@dataclass(frozen=True)
class Netted:
    """What `net` made: `links` (id, root, factor), `void` (roots fully reversed), `roots` (other chains, one row each),
    and how refunds are written.

    Each is `None` where there is nothing of it.
    """

    table: object
    key: str
    links: object | None = None
    void: object | None = None
    roots: object | None = None
    conventions: Conventions = field(default_factory=Conventions)

    def rows(self, narrow=lambda rows: rows):
        """The netted rows; `narrow` takes rows away first, by columns that netting leaves alone."""
        rows = narrow(_counted(self.table))
        if self.links is not None:
            rows = rows.anti_join(self.links, [(self.key, "id")])
        return rows if self.roots is None else rows.union(narrow(self.roots))


def _counted(table):
    """Rows not marked invalid."""
    return table.filter(table.vali_flag.fill_null("1") != "0")


def _marked(table, how: Netting):
    """Rows that name another row, take money back or say that they do: what decides without looking at the rest."""
    back = takes_back(table, how.unlinked)
    return is_linked(table, how.key, how.link) | back.fill_null(False)


def _few(w, table, how: Netting):
    """The rows a reversal may touch, with key, link, flags and flows alone: two narrow scans, then a small table."""
    own = how.unlinked
    needed = dict.fromkeys((how.key, how.link, *([own.flag] if own.flag else []), "vali_flag", *how.flows))
    marked = w.materialise(table.filter(_marked(table, how)).select(*needed))
    named = marked.filter(is_linked(marked, how.key, how.link)).select(named=how.link).distinct()
    others = table.filter(~_marked(table, how)).semi_join(named, [(how.key, "named")]).select(*needed)
    return w.materialise(marked.union(others))


def _sums(few, how: Netting, links):
    """Netted flows of every chain, under its root."""
    joined = few.inner_join(links, few[how.key] == links.id).filter(links.factor != 0)
    sums = {c: (joined[c] * joined.factor).sum().cast(few[c].type()) for c in how.flows}
    return joined.group_by("root").aggregate(**sums)


def _roots(w, table, how: Netting, sums):
    """One row per chain that did not come to nothing: the root's own columns, its flows netted."""
    rows = table.semi_join(sums, [(how.key, "root")])
    own = {c: rows[c].max() for c in table.columns if c not in how.flows and c != how.key}
    rows = rows.group_by(how.key).aggregate(**own)
    return w.materialise(rows.inner_join(sums, [(how.key, "root")]).select(*table.columns))


def net(w, how: Netting) -> Netted:
    """Resolve the reversals of one table of `w`."""
    table, alone = w.table(how.table), how.unlinked
    few = _few(w, table, how)
    rows = w.run(touched(few, how.key, how.link, alone.amounts, alone.flag))
    unlinked = candidates(w, few, table, how.key, how.link, alone)
    parents = pair(unlinked, alone) if len(unlinked) else {}
    written = conventions(rows, unlinked, parents)
    if parents:
        pairs = as_links(unlinked, parents)
        rows = pd.concat([rows, pairs], ignore_index=True)
        partners = w.register(pa.table({"id": pa.array(sorted(pairs["id"]), pa.string())}))
        more = table.semi_join(partners, [(how.key, "id")]).select(*few.columns).anti_join(few, how.key)
        few = w.materialise(few.union(more))
    if rows.empty:
        return Netted(table, how.key, conventions=written)
    frame = pa.Table.from_pandas(resolve(rows), preserve_index=False, schema=pa.schema(
        [("id", pa.string()), ("root", pa.string()), ("factor", pa.int8())]))
    links = w.register(frame)
    sums = w.materialise(_sums(few, how, links))
    nothing = ibis.and_(*(sums[c].fill_null(0) == 0 for c in how.flows))
    void = w.materialise(sums.filter(nothing).select("root"))
    left = w.materialise(sums.filter(~nothing))
    roots = _roots(w, table, how, left) if w.run(left.count()) else None
    return Netted(table, how.key, links, void, roots, written)


def _of_void_settlements(w):
    """Ids of every settlement, reversals included, whose chain came to nothing; `None` if there is none."""
    done = w.netted(SETTLEMENTS)
    return None if done.links is None else done.links.semi_join(done.void, "root").select(setl_id="id")


def settlement_chains(w):
    """Links of the settlements, whether the delivery names them or they were paired."""
    links = w.netted(SETTLEMENTS).links
    if links is None:
        return w.register(pa.table({"child": pa.array([], pa.string()), "root": pa.array([], pa.string())}))
    return links.filter(links.id != links.root).select(child="id", root="root")


def fee_lines(w, narrow=lambda rows: rows):
    """Fee lines netted through their links; those of fully reversed settlements are absent too.

    `narrow` takes rows away before they are netted, which costs less than afterwards: by columns that netting leaves
    alone, so not by quantity, money or `setl_id`.
    """
    done, void, given = w.netted(LINES), _of_void_settlements(w), w.open_visits
    lines = done.rows(narrow)
    if void is not None:
        lines = lines.anti_join(void, "setl_id")
    if given is None:
        return lines
    open_visit = lines.setl_id.isnull().ifelse(lines.mdtrt_id, ibis.null("string"))
    joined = lines.left_join(given, open_visit == given.open_visit)
    kept = joined.filter(~joined.gone.fill_null(False))
    return kept.mutate(setl_id=ibis.coalesce(kept.setl_id, kept.only)).select(*lines.columns)


def open_visits(w):
    """Visits with lines without a settlement: the only valid settlement of the visit, or that it came to nothing.

    A small table, so that all lines still pass in one scan with one probe; `None` if every line names its settlement.
    """
    lines, void = _counted(w.fee_list_d), _of_void_settlements(w)
    opened = w.materialise(lines.filter(lines.setl_id.isnull()).select("mdtrt_id").distinct())
    if not w.run(opened.count()):
        return None
    valid = w.valid_settlements.semi_join(opened, "mdtrt_id")
    found = valid.group_by("mdtrt_id").aggregate(only=valid.setl_id.max(), n=valid.count())
    given = found.filter(found.n == 1).select(open_visit="mdtrt_id", only="only").mutate(gone=False)
    if void is not None:
        back = w.setl_d.semi_join(opened, "mdtrt_id").semi_join(void, "setl_id")
        gone = back.anti_join(found, "mdtrt_id").select(open_visit="mdtrt_id").distinct()
        given = given.union(gone.mutate(only=ibis.null("string"), gone=True).select(*given.columns))
    return w.materialise(given)


def two_codes(w):
    """Whether a fee line carries another national code than the catalogue's."""
    told = w.fee_list_d.filter(w.fee_list_d.med_list_codg.notnull())
    return bool(w.run(told.filter(told.med_list_codg != told.hilist_code).limit(1).count()))


def unsettled_visits(w):
    """Visits with a line whose settlement stays open, as a table; `None` if there is none."""
    lines = fee_lines(w, lambda rows: rows.filter(rows.setl_id.isnull()))
    found = w.materialise(lines.filter(lines.setl_id.isnull()).select("mdtrt_id").distinct())
    return found if w.run(found.count()) else None


_STAY_MONEY = ("medfee_sumamt", "inscp_amt", "fund_pay_sumamt", "psn_pay", "fulamt_ownpay_amt")
_STAY_OWN = ("fixmedins_code", "psn_no", "med_type", "insutype", "hosp_lv", "insu_admdvs", "fix_blng_admdvs")
_STAY_VISIT = ("dscg_maindiag_code", "dscg_maindiag_name", "dscg_way", "adm_dept_codg", "chfpdr_code",
               "oprn_oprt_code", "refl_old_mdtrt_id")
STAY_COLUMNS = ("mdtrt_id", "psn_no", "fixmedins_code", "begntime", "endtime", "dscg_maindiag_code",
                "dscg_maindiag_name", "dscg_way", "ipt_days", *_STAY_VISIT[3:], "med_type", "insutype",
                "hosp_lv", "insu_admdvs", "fix_blng_admdvs", "setl_id", *_STAY_MONEY)


def _inpatient(table):
    return table.med_type.left(2).isin(INPATIENT)


def _per_visit(settlements):
    """Settlements of a visit, interim ones included, as one row; a settlement without visit is its own."""
    keyed = settlements.mutate(mdtrt_id=ibis.coalesce(settlements.mdtrt_id.nullif(""), settlements.setl_id))
    first = {c: keyed[c].argmin(keyed.setl_id) for c in _STAY_OWN}
    money = {c: keyed[c].sum().cast(settlements[c].type()) for c in _STAY_MONEY}
    return keyed.group_by("mdtrt_id").aggregate(
        **first, **money, setl_id=keyed.setl_id.min(),
        begntime=keyed.begndate.min().cast("timestamp"), endtime=keyed.enddate.max().cast("timestamp"))


def _stays_of_visits(visits, paid):
    """Stays the visits tell of, with what was paid for them."""
    paid = paid.rename({f"paid_{c}": c for c in paid.columns})
    joined = visits.left_join(paid, visits.mdtrt_id == paid.paid_mdtrt_id)
    both = {c: ibis.coalesce(visits[c], joined[f"paid_{c}"])
            for c in ("insutype", "hosp_lv", "insu_admdvs", "fix_blng_admdvs", "endtime")}
    money = {c: joined[f"paid_{c}"] for c in ("setl_id", *_STAY_MONEY)}
    return joined.mutate(**both, **money)


def stays(w):
    """One row per stay in hospital.

    From the visits, with their settlements summed; a visit all of whose settlements were reversed is
    absent, one not settled yet has empty money. Inpatient settlements whose visit was not delivered give
    a stay of their own, from the settlement's dates.
    """
    valid, void = w.valid_settlements, w.netted(SETTLEMENTS).void
    visits = _counted(w.mdtrt_d).filter(lambda t: _inpatient(t))
    visits = w.materialise(visits.select([c for c in STAY_COLUMNS if c in visits.columns]))
    bills = valid.filter(_inpatient(valid).fill_null(False) | valid.mdtrt_id.isin(visits.mdtrt_id).fill_null(False))
    bills = w.materialise(bills.select("setl_id", "mdtrt_id", *_STAY_OWN, *_STAY_MONEY, "begndate", "enddate"))
    told = w.materialise(_stays_of_visits(visits, _per_visit(bills.semi_join(visits, "mdtrt_id"))))
    unpaid = told.filter(told.setl_id.isnull())
    if void is not None and w.run(unpaid.count()):
        back = w.setl_d.semi_join(void, [("setl_id", "root")]).select("mdtrt_id")
        told = told.filter(told.setl_id.notnull()).union(unpaid.anti_join(back, "mdtrt_id"))
    alone = _per_visit(bills.filter(_inpatient(bills)).anti_join(visits, "mdtrt_id"))
    alone = alone.mutate(**{c: ibis.null(visits[c].type()) for c in (*_STAY_VISIT, "ipt_days")})
    told = told.select(*STAY_COLUMNS)
    both = told.union(alone.select(*STAY_COLUMNS).cast(told.schema()))
    days = (both.endtime.date() - both.begntime.date()).cast("int64")
    return both.mutate(ipt_days=ibis.coalesce(both.ipt_days, days))


def fund_share(w, lines):
    """`lines` with `fund_amt`, the part of their settlement's fund money that falls on each line.

    Pro rata to the amount in scope (to the fee where nothing is in scope, evenly where there is no fee).
    Fen are shared by largest remainders over *all* lines of the settlement, so they add up and a line has the same
    share whichever other lines are asked for. `fund_exact` is the share before it was made whole fen: parts of a
    line are taken from it. Where lines of a visit name none of its
    settlements, the money of all of them falls on all lines of the visit.
    """
    of_visits, visits = [], w.unsettled_visits
    settlements = w.valid_settlements
    if visits is not None:
        of_visits = [_visit_shares(w, lines, visits)]
        settlements = settlements.filter(settlements.mdtrt_id.isnull()).union(
            settlements.anti_join(visits, "mdtrt_id"))
    shares = _settlement_shares(w, lines, settlements, visits)
    shares = ibis.union(*of_visits, shares) if of_visits else shares
    joined = lines.left_join(shares, lines.bkkp_sn == shares.bkkp_sn)
    zero = ibis.literal(0).cast("decimal(16, 2)")
    return joined.select(*(lines[c] for c in lines.columns if c not in ("fund_amt", "fund_exact")),
                         fund_amt=ibis.coalesce(shares.fund_amt, zero), fund_exact=shares.fund_exact.fill_null(0.0))


def _visit_shares(w, lines, visits):
    """Shares of the lines of some visits in the fund money of all settlements of each."""
    mine = w.materialise(visits.semi_join(w.fee_lines.semi_join(lines.select("bkkp_sn"), "bkkp_sn"), "mdtrt_id"))
    base = w.fee_lines.semi_join(mine, "mdtrt_id")
    base = base.select("bkkp_sn", setl_id="mdtrt_id", scope=base.inscp_amt.fill_null(0), fee=base.det_item_fee_sumamt)
    valid = w.valid_settlements
    paid = valid.group_by("mdtrt_id").aggregate(fund_pay_sumamt=valid.fund_pay_sumamt.sum().cast("decimal(16, 2)"))
    return _weighed(base.inner_join(paid.rename(setl_id="mdtrt_id"), "setl_id"))


def _settlement_shares(w, lines, settlements, visits=None):
    """Shares of the lines of some settlements in the fund money of each."""
    mine = w.fee_lines.semi_join(lines.select("bkkp_sn"), "bkkp_sn").select("setl_id").distinct()
    base = w.fee_lines.semi_join(w.materialise(mine), "setl_id")
    base = base if visits is None else base.anti_join(visits, "mdtrt_id")
    base = base.select("bkkp_sn", "setl_id", scope=base.inscp_amt.fill_null(0), fee=base.det_item_fee_sumamt)
    links = w.netted(SETTLEMENTS).links
    if links is not None:
        base = base.left_join(links, base.setl_id == links.id)
        base = base.mutate(setl_id=ibis.coalesce(base.root, base.setl_id)).select(
            "bkkp_sn", "setl_id", "scope", "fee")
    paid = settlements.semi_join(base, "setl_id").select("setl_id", "fund_pay_sumamt")
    return _weighed(base.inner_join(paid, "setl_id"))


def _weighed(base):
    """Lines with the money of their group, shared in scope, else by fee, else evenly."""
    group = ibis.window(group_by=base.setl_id)
    scope, fee = base.scope.sum().over(group), base.fee.sum().over(group)
    base = base.mutate(weight=ibis.cases((scope != 0, base.scope), (fee != 0, base.fee), else_=1))
    return _largest_remainders(base)


def _largest_remainders(base):
    """Whole fen that add up: every share is cut down to the fen, what is left goes to the largest remainders.

    So a share differs from the plainly rounded one only where plain rounding would not add up.
    """
    group = ibis.window(group_by=base.setl_id)
    whole = base.weight.sum().over(group).cast("float64")
    base = base.mutate(paid=(base.fund_pay_sumamt.cast("float64") * 100).round(0))
    base = base.mutate(exact=base.paid * base.weight.cast("float64") / whole)
    base = base.mutate(down=base.exact.floor().cast("int64"))
    base = base.mutate(left=base.paid.cast("int64") - base.down.sum().over(group),
                       rest=(base.exact - base.down).round(6))
    order = ibis.window(group_by=base.setl_id, order_by=[ibis.desc("rest"), "bkkp_sn"])
    fen = base.down + (ibis.row_number().over(order) < base.left).ifelse(1, 0)
    return base.select("bkkp_sn", fund_amt=(fen.cast("decimal(16, 0)") / 100).cast("decimal(16, 2)"),
                       fund_exact=base.exact / 100)


_INSTITUTION = ("fixmedins_code", "fixmedins_name", "fixmedins_type", "hosp_lv", "medins_natu", "medins_type",
                "aprv_bed_cnt", "lnt", "lat", "begntime", "endtime", "precheck_flag", "fix_blng_admdvs")


def institutions(w):
    """One row per institution: the register, completed by institutions that only settlements name.

    An institution known from settlements alone is a pharmacy if it sold retail (by kind of care), else a
    medical institution; its level and county are those of its latest settlement.
    """
    register = w.fixmedins_b
    latest = ibis.row_number().over(group_by=register.fixmedins_code,
                                    order_by=[register.updt_time.desc(), register.fixmedins_name])
    listed = register.mutate(_n=latest).filter(ibis._._n == 0).select(*_INSTITUTION)
    seen = w.setl_d.anti_join(listed, "fixmedins_code")
    sold = seen.med_type.left(2).isin(PHARMACY).max()
    last = {c: seen[c].argmax(seen.setl_time) for c in ("fixmedins_name", "hosp_lv", "fix_blng_admdvs")}
    found = seen.group_by("fixmedins_code").aggregate(**last, fixmedins_type=sold.ifelse("2", "1"))
    absent = {c: ibis.null(listed[c].type()) for c in _INSTITUTION if c not in found.columns}
    every = listed.union(found.mutate(**absent).select(*_INSTITUTION).cast(listed.schema()))
    return w.materialise(every.mutate(county=every.fix_blng_admdvs))
