"""How often a costly test is repeated: a small figure in `make test`, a large one in `make soak`."""

import os

SOAK = bool(os.environ.get("YB_SOAK"))


def amount(small: int, large: int) -> int:
    """`small` in an ordinary run, `large` in a soak."""
    return large if SOAK else small
