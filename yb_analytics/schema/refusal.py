"""A refusal: bad input answered in one line that names the cause and the remedy, in Chinese and in English."""

from __future__ import annotations

EXIT_CODES = {
    "usage": 2,
    "input": 3,
    "schema": 4,
    "locked": 5,
    "damaged": 6,
    "empty": 7,
    "environment": 8,
    "failed": 9,
}
"""Exit code of `yb` for each kind of refusal (0 is success, 1 an error nobody foresaw)."""

KINDS = {
    "usage": "用法不对",
    "input": "输入有误",
    "schema": "结构或映射不符",
    "locked": "正被另一进程写入",
    "damaged": "内容受损",
    "empty": "没有可用的数据",
    "environment": "运行环境不足",
    "failed": "运行未成功",
}
"""What a Chinese reader is told first of a refusal that is worded in English only."""

_BETWEEN, _BECAUSE = " · ", " → "


def bilingual(cause: str, remedy: str, kind: str) -> str:
    """Cause and remedy in one line, Chinese first.

    Examples
    --------
    >>> bilingual("a.csv 是空文件 · a.csv is empty", "请发送方重发 · ask the sender again", "empty")
    'a.csv 是空文件 → 请发送方重发 · a.csv is empty → ask the sender again'
    """
    (zh, _, en), (zh_remedy, _, en_remedy) = cause.partition(_BETWEEN), remedy.partition(_BETWEEN)
    if en and en_remedy:
        return f"{zh}{_BECAUSE}{zh_remedy}{_BETWEEN}{en}{_BECAUSE}{en_remedy}"
    return f"{cause}{_BECAUSE}{remedy}" if en else f"{KINDS[kind]}：{cause}{_BECAUSE}{remedy}"


def parted(text: str) -> tuple[str, str]:
    """Cause and remedy of a refusal that was told in a line, for those who have only the line.

    Examples
    --------
    >>> parted("a.csv 是空文件 → 请重发 · a.csv is empty → ask again")
    ('a.csv 是空文件 · a.csv is empty', '请重发 · ask again')
    >>> parted("输入有误：no such file → check the path")
    ('no such file', 'check the path')
    """
    zh, _, en = text.partition(_BETWEEN)
    if _BECAUSE in zh and _BECAUSE in en:
        (cause, _, remedy), (told, _, do) = zh.partition(_BECAUSE), en.partition(_BECAUSE)
        return f"{cause}{_BETWEEN}{told}", f"{remedy}{_BETWEEN}{do}"
    cause, _, remedy = text.partition(_BECAUSE)
    for kind in KINDS.values():
        cause = cause.removeprefix(f"{kind}：")
    return cause, remedy


class Refusal(Exception):  # noqa: N818  (a refusal is an answer, not a programming error)
    """Bad input or a bad state, told in one line.

    Parameters
    ----------
    cause
        What is wrong, naming the file, column, table or value: `中文 · English`.
    remedy
        What the reader can do about it: `中文 · English`.
    kind
        One of :data:`EXIT_CODES`; decides the exit code of `yb`, and what stands before an English cause.

    Examples
    --------
    >>> str(Refusal("no such file: a.csv", "check the path"))
    '输入有误：no such file: a.csv → check the path'
    """

    def __init__(self, cause: str, remedy: str, kind: str = "input") -> None:
        self.cause, self.remedy, self.kind = cause, remedy, kind
        super().__init__(bilingual(cause, remedy, kind))

    @property
    def exit_code(self) -> int:
        """Exit code of `yb` for this refusal."""
        return EXIT_CODES[self.kind]
