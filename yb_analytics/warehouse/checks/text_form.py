from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import holds, is_text, padded

_FORMS = r"[\x{FF10}-\x{FF19}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{3000}\x{00A0}\x{200B}-\x{200F}\x{FEFF}]"


def _misspelt(value):
    return holds(value, _FORMS) | padded(value)


@kind(category="conformance", sub="value", basis="设计3.4", says="首尾空格、全角字母数字或不可见字符",
      advice="导出前规范化文字；同一名称的不同写法会被当作不同对象。", shows="text_form:hilist_b.hilist_name",
      fine={"hilist_b": {"hilist_code": ["1"], "hilist_name": ["C反应蛋白（CRP）"]}},
      broken={"hilist_b": {"hilist_code": ["1", "2"], "hilist_name": ["Ｃ反应蛋白", "血常规 "]}})
def text_form(table):
    """文字形式 · Texts have no stray forms.

    Full-width letters and digits, blanks at the ends, characters nobody sees.
    """
    for column in table.columns:
        if is_text(column):
            yield Check(table.name, column.name, bad=lambda r, c=column.name: r.odd(c).ifelse(_misspelt(r[c]), False))
