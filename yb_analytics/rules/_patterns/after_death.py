"""Care that begins after the person died."""

from yb_analytics.rules._patterns import hits, pattern


@pattern(grain="settlement", claims="settlement", losses=("whole_settlement",), needs=("setl_d", "ps_death"),
         parameters=("grace_days",),
         say="参保人已于{limit}死亡，{day}仍发生医药费用结算")
def after_death(asked):
    """死亡后就医购药 · Service after death.

    What counts is the day care began, not the day it was settled: settling late what was rendered in life is
    no hit.
    """
    deaths = asked.w.ps_death.group_by("psn_no").agg(died=asked.w.ps_death.death_date.max())
    care = asked.settlements
    care = care.mutate(day=care.begndate.fill_null(care.setl_time.date()))
    found = care.join(deaths, "psn_no").cross_join(asked.settings)
    found = found.filter(found.day.delta(found.died, unit="day") > found.grace_days)
    return hits(found, id=found.setl_id, grp=found.setl_id, subject_id=found.fixmedins_code,
                limit=found.died.cast("string"))
