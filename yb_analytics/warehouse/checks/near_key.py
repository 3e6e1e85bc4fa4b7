from yb_analytics.warehouse.checks import Check, kind


def _alike(scan, table):
    """Keys that are one once case, blanks, dashes and leading zeros are set aside."""
    key = table.key[0]
    keys = scan.w.table(table.name).select(key).filter(lambda t: t[key].notnull()).distinct()
    plain = keys[key].upper().re_replace(r"^[\s0]+|[\s\-]+", "")
    keys = keys.mutate(_plain=plain)
    groups = keys.group_by("_plain").aggregate(_n=keys.count())
    twins = keys.inner_join(groups.filter(groups["_n"] > 1), "_plain").select(_key=key)
    both = scan.placed(table.name, columns=table.key).t.left_join(twins, [(key, "_key")])
    return both.mutate(bad=both["_key"].notnull())


@kind(category="plausibility", sub="uniqueness", basis="设计3.5", says="仅写法不同的近似主键",
      advice="统一编号写法（大小写、前导零、空格），合并后重报。", shows="near_key:fixmedins_b.fixmedins_code",
      fine={"fixmedins_b": {"fixmedins_code": ["H1", "H2"]}}, broken={"fixmedins_b": {"fixmedins_code": ["H1", "h1"]}})
def near_key(table):
    """近似主键 · No two keys differ only in how they are written.

    Registers only: one institution under two spellings splits its figures.
    """
    if not table.month and len(table.key) == 1 and table[table.key[0]].kind == "code":
        yield Check(table.name, table.key[0], query=lambda s: _alike(s, table))
