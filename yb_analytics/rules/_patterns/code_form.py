"""Diagnosis or procedure codes that are no codes of the national editions."""

import ibis

from yb_analytics.rules._patterns import pattern
from yb_analytics.rules._patterns._listed import counted

FORMS = {"diagnosis": r"^[A-Z][0-9]{2}(\.[0-9A-Za-z+*]{1,8})?$", "procedure": r"^[0-9]{2}\.[0-9A-Za-z+*]{1,8}$"}
"""How a code of ICD-10 and of ICD-9-CM-3 is written in the insurance editions; not a list of the codes."""


@pattern(grain="settlement", claims="settlement", losses=("none",), needs=("setl_diag_d", "setl_d"),
         arguments={"kind": tuple(FORMS)},
         whole=True, say="自{day}起有{found}条诊断或手术操作编码不是国家编码的写法，如“{item}”")
def code_form(asked):
    """编码异常 · Malformed code.

    Codes of the settlements' diagnoses (kind 9: procedures). What is written like a code but stands in no edition
    is not found here.
    """
    listed = asked.w.setl_diag_d.select("setl_id", "diag_code", kind=(asked.w.setl_diag_d.diag_type == "9").fill_null(
        False).ifelse("procedure", "diagnosis"))
    good = ibis.or_(*((listed.kind == k) & listed.diag_code.upper().re_search(f) for k, f in FORMS.items()))
    listed = listed.filter(~good).inner_join(asked.settings, "kind")
    rows = asked.settlements.select("setl_id", "mdtrt_id", "fixmedins_code", day=asked.settlements.setl_time.date())
    return counted(rows.inner_join(listed, "setl_id"), "setl_id", item="diag_code")
