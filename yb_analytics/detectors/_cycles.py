"""Stays that come in cycles or follow one another for a good reason (`knowledge/exclusions.csv`)."""

from __future__ import annotations

import ibis

from yb_analytics import knowledge


def told(rows):
    """Predicate over stays: an innocent reason to come back soon.

    `rows` has `dscg_maindiag_code`, `med_type`, `refl_old_mdtrt_id` and `way`, the way the stay before it ended.
    """
    known = knowledge.exclusions()
    found = ibis.literal(False)
    for value in known.loc[known["kind"] == "diag_prefix", "value"]:
        found = found | rows.dscg_maindiag_code.startswith(value).fill_null(False)
    for kind, column in (("dscg_way", rows.way), ("med_type", rows.med_type.left(2))):
        found = found | column.isin(list(known.loc[known["kind"] == kind, "value"])).fill_null(False)
    return found | (rows.refl_old_mdtrt_id.fill_null("") != "")
