"""One person in two hospitals at the same time."""

import ibis

from yb_analytics.rules._patterns import hits, pattern


@pattern(grain="stay", claims="stay", losses=("whole_settlement",), needs=("setl_d",),
         parameters=("overlap_days",),
         say="同一参保人自{day}起的住院与在“{other}”的住院重叠{found}天，{limit}")
def overlapping_stays(asked):
    """住院时间重叠 · Overlapping stays.

    The stay admitted later is at stake: who admits must check who lies there already. Of two admitted at one moment
    it is the one with the smaller fund payment. Which of the two took place only records can tell. A referral from
    one stay to the other is no hit.
    """
    stays = asked.w.stays.filter(lambda t: t.endtime.notnull())
    stays = stays.select("mdtrt_id", "psn_no", "fixmedins_code", "begntime", "refl_old_mdtrt_id", "setl_id",
                         fund=stays.fund_pay_sumamt, first=stays.begntime.date(), last=stays.endtime.date())
    other = stays.rename({f"{c}_b": c for c in stays.columns if c != "psn_no"})
    both = stays.filter(asked.covers(stays.begntime)).join(other, "psn_no")
    both = both.filter(both.fixmedins_code != both.fixmedins_code_b).cross_join(asked.settings)
    days = ibis.least(both.last, both.last_b).delta(ibis.greatest(both.first, both.first_b), unit="day")
    both = both.mutate(days=days)
    referred = (both.refl_old_mdtrt_id.fill_null("") == both.mdtrt_id_b) | (
        both.refl_old_mdtrt_id_b.fill_null("") == both.mdtrt_id)
    fund, fund_b = both.fund.fill_null(0), both.fund_b.fill_null(0)
    smaller = (fund < fund_b) | ((fund == fund_b) & (both.mdtrt_id > both.mdtrt_id_b))
    later = (both.begntime > both.begntime_b) | ((both.begntime == both.begntime_b) & smaller)
    found = both.filter((both.days > both.overlap_days) & ~referred & later)
    return hits(found, id=found.mdtrt_id, grp=found.mdtrt_id, subject_id=found.fixmedins_code,
                day=ibis.greatest(found.first, found.first_b), other=found.fixmedins_code_b,
                other_mdtrt=found.mdtrt_id_b, found=found.days,
                condition=ibis.literal("overlap"), limit=found.overlap_days)
