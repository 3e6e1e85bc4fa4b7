from yb_analytics.warehouse.checks import Check, kind
from yb_analytics.warehouse.checks._text import holds, is_text

_DAMAGE = r"[\x{FFFD}\x{0080}-\x{009F}]|锟|斤拷|烫烫|[\x{00C0}-\x{00D6}\x{00D8}-\x{00FF}]{2}|â€|ï¿|Ã[\x{00A0}-\x{00BF}]"


def _damaged(value):
    return holds(value, _DAMAGE) | value.contains("???")


@kind(category="conformance", sub="value", basis="设计3.4 编码；GB 18030", says="文字乱码",
      advice="按UTF-8或GB18030重新导出，不要经过只认西文的中间程序。", shows="text_encoding:hilist_b.hilist_name",
      fine={"hilist_b": {"hilist_code": ["1"], "hilist_name": ["左甲状腺素钠片 50μg×100"]}},
      broken={"hilist_b": {"hilist_code": ["1", "2", "3"], "hilist_name": ["锟斤拷", "ÖÐÒ½", "数字\ufffd摄影"]}})
def text_encoding(table):
    """文字编码 · Texts were not damaged on the way.

    Replacement characters, GBK read as Latin, UTF-8 read as Latin or GBK, question marks for characters.
    """
    for column in table.columns:
        if is_text(column):
            yield Check(table.name, column.name, bad=lambda r, c=column.name: r.odd(c).ifelse(_damaged(r[c]), False))
