"""Columns that could name a whistle-blower: refused by name wherever data enter, absent from every table.

条例 第三十五条 promises the informer that nothing leaks. What was never taken in cannot leak, so a delivery with
such a column is refused as a whole rather than read without it: a sender who included it once will do so again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from yb_analytics.schema.refusal import Refusal

_INFORMER = re.compile(
    r"(?<!被)举报人(?!数)|举报者|举报(?:电话|手机|联系)|投诉人|投诉者|检举人|检举者|反映人|爆料人|线索提供|提供线索|知情人|信访人|来信人|来电人|"
    r"informe?r|informant|whistle|tipster|complain(?:an|e)|accuser|petitioner|denouncer|"
    r"(?:^|_)(?:rptr|rpter|rpt_psn|rptpsn|rpt_er|jubao_?ren|jbr|tousu_?ren|tsr|fanying_?ren)(?:$|_)|"
    r"^(?:tip|report)_?(?:er|psn|person|sender|source|by|name|tel|phone|mobile|certno)(?:$|_)|reporter", re.IGNORECASE)
_PERSON = re.compile(
    r"姓名|名字|电话|手机|证件|身份证|住址|地址|邮箱|微信|银行|账号|账户|卡号|户名|领奖|"
    r"(?:^|_)(?:psn_?name|name|xm|tel|phone|mob|mobile|certno|cert|id_?card|idno|sfzh|addr|address|email|mail|wechat|"
    r"bank|acct|account|card|payee|psn_no)(?:$|_)", re.IGNORECASE)
_OF_TIPS = ("tip_d", "reward_d")
_HANDLERS = re.compile(r"^jbr(?:$|_)", re.IGNORECASE)
_ORGANISATION = re.compile(r"^(?:fix)?medins|^emp_|机构|单位", re.IGNORECASE)


def names_informer(column: str, table: str = "") -> bool:
    """Whether a column of this name could name a whistle-blower.

    In the tables of tips and rewards every column that could name anybody counts; elsewhere only names that say
    so. `jbr` is 举报人 in some systems and 经办人 (the clerk) in others: it counts in the tables of tips alone.

    Examples
    --------
    >>> [names_informer(c) for c in ("举报人姓名", "informant_tel", "Reporter", "rptr_name", "psn_name", "rpt_date")]
    [True, True, True, True, False, False]
    >>> names_informer("联系电话"), names_informer("联系电话", "tip_d"), names_informer("jbr", "setl_d")
    (False, True, False)
    """
    name = column.strip()
    if table in _OF_TIPS:
        person = _PERSON.search(name) and not _ORGANISATION.search(name)
        return bool(_INFORMER.search(name) or person)
    return bool(_INFORMER.search(name)) and not _HANDLERS.search(name)


def refuse_informers(columns: Iterable[str], source: str, table: str = "") -> None:
    """Refuse a delivery, mapping or import that has such a column.

    Raises
    ------
    Refusal
        Naming the columns and the file; the values are never looked at.
    """
    found = [c for c in columns if names_informer(c, table)]
    if found:
        raise Refusal(f"{source}：列 {', '.join(found)} 可能指明举报人，不予接收 · "
                      f"{source}: column {', '.join(found)} could name a whistle-blower; such data are not taken in",
                      "请发送方删去该列，并删除这份文件 · "
                      "ask the sender to remove the column and delete this copy of the file", "schema")
