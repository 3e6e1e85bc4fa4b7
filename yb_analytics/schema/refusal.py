"""A refusal: bad input answered in one line that names the cause and the remedy."""

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


class Refusal(Exception):  # noqa: N818  (a refusal is an answer, not a programming error)
    """Bad input or a bad state, told in one line.

    Parameters
    ----------
    cause
        What is wrong, naming the file, column, table or value.
    remedy
        What the reader can do about it.
    kind
        One of :data:`EXIT_CODES`; decides the exit code of `yb`.

    Examples
    --------
    >>> str(Refusal("no such file: a.csv", "check the path"))
    'no such file: a.csv → check the path'
    """

    def __init__(self, cause: str, remedy: str, kind: str = "input") -> None:
        self.cause, self.remedy, self.kind = cause, remedy, kind
        super().__init__(f"{cause} → {remedy}")

    @property
    def exit_code(self) -> int:
        """Exit code of `yb` for this refusal."""
        return EXIT_CODES[self.kind]
