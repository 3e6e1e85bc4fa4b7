import ibis

from yb_analytics.warehouse.checks import Check, kind


def _overlaps(scan):
    rows = scan.placed("psn_insu_d", columns=(
        "psn_insu_rlts_id", "psn_no", "insutype", "crt_insu_date", "paus_insu_date")).t
    rows = rows.filter(rows.crt_insu_date.notnull() & rows.psn_no.notnull())
    order = ibis.window(group_by=[rows.psn_no, rows.insutype], order_by=[rows.crt_insu_date, rows.psn_insu_rlts_id])
    until = rows.paus_insu_date.fill_null(ibis.date("2999-12-31")).lag().over(order)
    return rows.mutate(bad=(until > rows.crt_insu_date).fill_null(False))


_SPELL = {"psn_insu_rlts_id": ["1", "2"], "psn_no": ["p", "p"], "insutype": "310"}


@kind(category="plausibility", sub="temporal", basis="设计3.5；重复参保治理", says="与前一段重叠的参保",
      advice="核对是否重复参保；一人同一险种同时只应有一段。", shows="overlapping_spells:psn_insu_d.crt_insu_date",
      fine={"psn_insu_d": {**_SPELL, "crt_insu_date": ["2020-01-01", "2022-01-01"],
                           "paus_insu_date": ["2021-12-31", None]}},
      broken={"psn_insu_d": {**_SPELL, "crt_insu_date": ["2020-01-01", "2022-01-01"]}})
def overlapping_spells(table):
    """参保不重叠 · A person's spells of one insurance follow one another.

    Some overlap is the double insurance that screening looks for; much of it is an end not delivered.
    """
    if table.name == "psn_insu_d":
        yield Check("psn_insu_d", "crt_insu_date", query=_overlaps)
