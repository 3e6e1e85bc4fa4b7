"""Outpatient or pharmacy settlements while the person lies in hospital."""

from yb_analytics.rules._patterns import hits, pattern
from yb_analytics.schema import INPATIENT


@pattern(grain="settlement", claims="settlement", losses=("whole_settlement",), needs=("setl_d",),
         say="住院期间（{limit}）内，{day}另有门诊或购药结算")
def during_stay(asked):
    """住院期间门诊购药 · Care outside during a stay.

    Strictly inside the stay: the days of admission and discharge do not count. Relatives may collect medicine,
    so this is a signal, not evidence.
    """
    stays = asked.w.stays.filter(lambda t: t.endtime.notnull())
    stays = stays.select("psn_no", stay="mdtrt_id", first=stays.begntime.date(), last=stays.endtime.date())
    care = asked.settlements
    care = care.filter(~care.med_type.substr(0, 2).isin(INPATIENT)).mutate(day=care.setl_time.date())
    found = care.join(stays, [care.psn_no == stays.psn_no, care.day > stays["first"], care.day < stays["last"]],
                      rname="{name}_stay").cross_join(asked.settings)
    span = found["first"].cast("string") + "至" + found["last"].cast("string")
    return hits(found, id=found.setl_id, grp=found.setl_id, subject_id=found.fixmedins_code, limit=span,
                other_mdtrt=found.stay)
