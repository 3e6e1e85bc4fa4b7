"""Detector: two person numbers that probably belong to one human being, both insured."""

from __future__ import annotations

from ibis import _

from yb_analytics import knowledge
from yb_analytics.detectors import NotEvaluable, detector
from yb_analytics.detectors._contradictions import OPEN, hits, sign
from yb_analytics.schema.text import number
from yb_analytics.warehouse.identity import link


@detector(subject="pair", tier="线索", needs=("psn_info_b.link_code", "psn_insu_d.crt_insu_date"),
          theme="重复参保", typologies=("T38",), seeds=("S3",),
          basis="国务院关于整合城乡居民基本医疗保险制度的意见；参保管理的指导意见（重复参保）",
          checked=("证件号相同者（另有模型）", "参保期间不重叠者"), unchecked=("双胞胎与同名亲属", "证件信息录入错误"))
def probable_same_person(w, p):
    """疑似同一人两个编号 · Two numbers, probably one person.

    Pairs that `yb identity` takes for one person by name, birth, telephone and address though their certificates are
    not the same, both insured on one day. A pair is a question to a clerk: its score stays below a half whatever its
    probability. In large cities the comparison is left to `yb identity`.
    """
    persons = int(w.run(w.psn_info_b.count()))
    if persons > p.max_persons:
        raise NotEvaluable(f"{persons} persons, more than the {p.max_persons} compared in a screening; "
                           f"ask `yb identity`（{persons}人，超过筛查中比对的{p.max_persons}人，请用 yb identity）")
    pairs = link(w, knowledge.parameters("identity", on=w.last_day))
    pairs = pairs[pairs["insured_twice"].fillna(False) & (pairs["band"] == "match")]
    cards = w.run(w.psn_info_b.filter(_.certno.notnull(), _.psn_no.isin(sorted(
        {*pairs["left_psn_no"], *pairs["right_psn_no"]}))).select("psn_no", "certno"))
    card = dict(zip(cards["psn_no"], cards["certno"], strict=True))
    return hits([_hit(r, p) for r in pairs.itertuples()
                 if card.get(r.left_psn_no, "") != card.get(r.right_psn_no, "-")])


def _hit(row, p) -> dict:
    """One pair's question in the words of the comparison."""
    ids = [f"psn_info_b:{row.left_psn_no}", f"psn_info_b:{row.right_psn_no}"]
    why = f"{row.text.rstrip('。')}；仅供经办人员核对，得分不超过{number(p.question_cap)}"
    return {"subject_id": f"{row.left_psn_no}|{row.right_psn_no}", "locator": ids, "grain": "row", "amount": 0.0,
            "estimated": False, "tier": OPEN, "score": float(p.question_cap * row.probability), "why": why,
            "evidence": [sign("probability", "判为同一人的概率", row.probability, "share", ids)]}
