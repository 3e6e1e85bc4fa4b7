"""Rows of care as several indicators count them: stays, settlements, lines of stays."""

from __future__ import annotations

import ibis
from ibis import _

from yb_analytics.schema import INPATIENT, PHARMACY

UNITS = ("county", "institution", "insutype")
"""Columns a row of care can be cut by: county of insurance, institution, insurance type."""


def settled(w):
    """Valid settlements by day of settlement: kind of care, fee, what the funds and the person paid."""
    s = w.valid_settlements
    kind = s.med_type[:2]
    care = ibis.cases((kind.isin(INPATIENT), "inpatient"), (kind.isin(PHARMACY), "pharmacy"), else_="outpatient")
    return s.select(county=s.insu_admdvs, institution=s.fixmedins_code, insutype=s.insutype, pay_loc=s.pay_loc,
                    on=s.setl_time.cast("date"), care=care, fee=s.medfee_sumamt.fill_null(0),
                    fund=s.fund_pay_sumamt.fill_null(0), own=s.psn_pay.fill_null(0))


def stays(w):
    """Stays with money by day of discharge."""
    s = w.stays.filter(_.endtime.notnull(), _.medfee_sumamt.notnull())
    return s.select("mdtrt_id", county=s.insu_admdvs, institution=s.fixmedins_code, insutype=s.insutype,
                    on=s.endtime.cast("date"), fee=s.medfee_sumamt, fund=s.fund_pay_sumamt.fill_null(0),
                    scope=s.inscp_amt.fill_null(0), own=s.psn_pay.fill_null(0),
                    outside=s.fulamt_ownpay_amt.fill_null(0), days=s.ipt_days)


def inpatient_lines(w):
    """Valid fee lines of inpatient care by day of the fee, at the county of the institution."""
    f = w.fee_lines
    f = f.filter(f.med_type[:2].isin(INPATIENT))
    at = w.institutions.select("fixmedins_code", "county")
    f = f.select("fixmedins_code", "list_type", "med_chrgitm_type", fee=f.det_item_fee_sumamt,
                 on=f.fee_ocur_time.cast("date")).left_join(at, "fixmedins_code")
    return f.select("county", "on", "list_type", "med_chrgitm_type", "fee", institution="fixmedins_code")


def unplanned(w, p):
    """Stays that have ended and whose diagnosis or way of discharge explains no planned return."""
    s = w.stays
    code = s.dscg_maindiag_code.fill_null("")
    planned = ibis.or_(*(code.startswith(d) for d in p.diagnoses))
    return s.filter(~planned, ~s.dscg_way.fill_null("").isin(p.ways), s.endtime.notnull())
