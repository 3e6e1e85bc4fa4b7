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

_BETWEEN = " · "


def bilingual(cause: str, remedy: str, kind: str) -> str:
    """Cause and remedy in one line, Chinese first.

    Examples
    --------
    >>> bilingual("a.csv 是空文件 · a.csv is empty", "请发送方重发 · ask the sender again", "empty")
    'a.csv 是空文件 → 请发送方重发 · a.csv is empty → ask the sender again'
    """
    (zh, _, en), (zh_remedy, _, en_remedy) = cause.partition(_BETWEEN), remedy.partition(_BETWEEN)
    if en and en_remedy:
        return f"{zh} → {zh_remedy}{_BETWEEN}{en} → {en_remedy}"
    return f"{cause} → {remedy}" if en else f"{KINDS[kind]}：{cause} → {remedy}"


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
