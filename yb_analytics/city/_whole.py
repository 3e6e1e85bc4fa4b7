"""What belongs to the whole city, made of the sums of its blocks."""

from __future__ import annotations

import pandas as pd

from yb_analytics.city import _agency, _catalogue, _goods, _money, _providers, _registers, _supervision
from yb_analytics.city._dues import Dues
from yb_analytics.city._sums import Sums
from yb_analytics.city._town import Town
from yb_analytics.city._write import Writer


def write_whole(town: Town, dues: Dues, out: Writer, sums: Sums, truth: pd.DataFrame) -> None:
    """Money, catalogue, institutions, employers, goods, agency and supervision."""
    out.register("fixmedins_b", _providers.register(town.providers, town.seed))
    doctors = _providers.doctor_register(town.providers, town.seed)
    out.register("dr_info_b", doctors)
    payouts = _money.write(town, dues, out, sums)
    _catalogue.write(town, out)
    _registers.write(town, dues, out, sums)
    _goods.write_goods(town, sums.one("goods"), out)
    _agency.write(town, out, payouts)
    _supervision.write(town, out, truth)
