"""Who belongs together: communities of a graph of pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd


def communities(linked: pd.DataFrame) -> list[list[str]]:
    """Members of each community (Leiden) of the graph of pairs `a, b` with weight `days`, largest first; seed fixed.

    Parts that are not connected are split one by one, so that a group does not depend on who else was found.

    Examples
    --------
    >>> pairs = pd.DataFrame({"a": ["p1", "p1", "p2", "q1"], "b": ["p2", "p3", "p3", "q2"], "days": 5})
    >>> communities(pairs)
    [['p1', 'p2', 'p3'], ['q1', 'q2']]
    """
    from scipy.sparse import coo_array, csr_matrix
    from scipy.sparse.csgraph import connected_components

    people = sorted(set(linked["a"]) | set(linked["b"]))
    at = {who: i for i, who in enumerate(people)}
    rows, columns = linked["a"].map(at).to_numpy(), linked["b"].map(at).to_numpy()
    weight = linked["days"].to_numpy(float)
    size = (len(people), len(people))
    graph = csr_matrix(coo_array((np.tile(weight, 2), (np.append(rows, columns), np.append(columns, rows))), size))
    _n, part = connected_components(graph, directed=False)
    found = []
    for own in pd.Series(range(len(people))).groupby(part).indices.values():
        label = _leiden(graph[own][:, own])
        found += [sorted(people[i] for i in own[label == k]) for k in sorted(set(label))]
    return sorted(found, key=lambda members: (-len(members), members))


def _leiden(graph) -> np.ndarray:
    from sknetwork.clustering import Leiden

    return Leiden(random_state=7).fit_predict(graph)
