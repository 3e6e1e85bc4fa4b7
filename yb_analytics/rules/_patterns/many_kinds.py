"""One prescription of more kinds than may be prescribed at once."""

import ibis

from yb_analytics.rules._patterns import hits, pattern
from yb_analytics.schema import INPATIENT

_RX = ("rule", "psn_no", "fixmedins_code", "mdtrt_id", "day", "rx")


@pattern(grain="person-day", claims="line", losses=("none",), needs=("fee_list_d",), arguments={"list_types": ()},
         parameters=("max_kinds",),
         say="{day}一张处方开具{found}种，超过{limit}种，含“{item}”等{n}条明细")
def many_kinds(asked):
    """品种超标 · Too many kinds.

    Kinds are counted per prescription, or per visit and day where prescriptions are not told. Care in hospital is
    left out. Nothing is claimed: which of the kinds was one too many, only a doctor can tell.
    """
    lines = asked.lines_of(lambda rows: _many(asked, rows))
    lines = lines.filter(lines.cnt > 0).join(asked.by_type, "list_type")
    lines = lines.mutate(day=lines.fee_ocur_time.date(), rx=lines.rx_drord_no.fill_null(""))
    many = lines.group_by(_RX).agg(kinds=lines.hilist_code.nunique(), allowed=lines.max_kinds.max())
    found = lines.inner_join(many.filter(many.kinds > many.allowed), list(_RX))
    group = ibis.literal("").join([found[c].cast("string") for c in _RX[1:]])
    return hits(found, id=found.bkkp_sn, grp=group, subject_id=found.fixmedins_code, item=found.hilist_name,
                limit=found.allowed.cast("int64"), found=found.kinds)


def _many(asked, rows):
    """Lines of visits that have more lines than any rule class allows kinds: counted by a number of the visit."""
    types = asked.by_type.group_by("list_type").agg(least=asked.by_type.max_kinds.min())
    rows = rows.filter(~rows.med_type.substr(0, 2).isin(INPATIENT)).mutate(visit=rows.mdtrt_id.hash())
    told = rows.join(types, "list_type")
    many = told.group_by("visit").having(told.count() > told.least.min()).agg()
    return rows.semi_join(many, "visit").drop("visit")
