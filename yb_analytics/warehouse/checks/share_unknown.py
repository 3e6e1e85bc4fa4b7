from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import among

_UNKNOWN = {"GEND": ["0", "9"], "SURV_STAS": ["9"], "DSCG_WAY": ["9"], "EMP_TYPE": ["90"], "MED_CHRGITM_TYPE": ["14"]}


@kind(category="completeness", sub="column", basis="设计3.5", says="填“未知”“其他”的值",
      advice="请报送单位细分；大量“未知”等于没有填写。", shows="share_unknown:psn_info_b.gend",
      fine={"psn_info_b": {"psn_no": ["a", "b"], "gend": ["1", "2"]}},
      broken={"psn_info_b": {"psn_no": ["a", "b"], "gend": ["1", "9"]}})
def share_unknown(table):
    """未知占比 · Few values say that nothing is known.

    Codes for unknown, not stated, other.
    """
    for column in table.columns:
        if column.codes in _UNKNOWN:
            yield Check(table.name, column.name,
                        bad=lambda r, c=column: among(r[c.name], _UNKNOWN[c.codes]))
