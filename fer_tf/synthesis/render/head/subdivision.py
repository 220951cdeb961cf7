"""Loop subdivision as a sparse matrix: fine vertices = matrix @ coarse vertices."""

import numpy as np
import scipy.sparse

# Loop's weights: of an edge's ends and of the corners opposite to it; of a border's neighbours.
_EDGE_END, _EDGE_OPPOSITE = 0.375, 0.125
_BORDER_NEIGHBOUR = 0.125


def orient(triangles: np.ndarray, seed_is_outward: bool) -> np.ndarray:
    """Turn the triangles of one connected surface so that neighbours agree.

    Args:
        triangles: int (M, 3), each in any order.
        seed_is_outward: the first triangle is right as it is; else all are turned.

    Returns:
        int32 (M, 3).
    """
    oriented = np.array(triangles, np.int32)
    at_edge: dict[tuple[int, int], list[int]] = {}
    for number, triangle in enumerate(oriented.tolist()):
        for start, end in zip(triangle, triangle[1:] + triangle[:1], strict=True):
            at_edge.setdefault((min(start, end), max(start, end)), []).append(number)
    done, waiting = {0}, [0]
    while waiting:
        triangle = oriented[waiting.pop()].tolist()
        for start, end in zip(triangle, triangle[1:] + triangle[:1], strict=True):
            for other in at_edge[min(start, end), max(start, end)]:
                if other in done:
                    continue
                done.add(other)
                waiting.append(other)
                corners = oriented[other].tolist()
                # A neighbour that agrees runs along the common edge the other way.
                if (start, end) in zip(corners, corners[1:] + corners[:1], strict=True):
                    oriented[other] = corners[::-1]
    return oriented if seed_is_outward else oriented[:, ::-1].copy()


def loop_step(count: int, triangles: np.ndarray, sharp: tuple[int, ...]) -> tuple[scipy.sparse.csr_matrix, np.ndarray]:
    """One step of Loop subdivision, with open borders kept as curves.

    Args:
        count: vertices.
        triangles: int (M, 3), all edges shared by at most two triangles.
        sharp: vertices that stay where they are.

    Returns:
        The (count + edges, count) matrix, old vertices first, and the int32 (4 M, 3) triangles.
    """
    edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 3, 2).transpose(1, 0, 2).reshape(-1, 2), axis=1)
    edges, edge_of, uses = np.unique(edges, axis=0, return_inverse=True, return_counts=True)
    edge_of = edge_of.ravel()
    opposite = triangles[:, [2, 0, 1]].T.ravel()
    inner = uses == 2
    rows, columns, values = [], [], []

    def add(row: np.ndarray, column: np.ndarray, value: np.ndarray) -> None:
        rows.append(row)
        columns.append(column)
        values.append(np.broadcast_to(value, row.shape))

    number = count + np.arange(len(edges))
    for end in (0, 1):
        add(number, edges[:, end], np.where(inner, _EDGE_END, 0.5))
    facing = inner[edge_of]
    add(count + edge_of[facing], opposite[facing], _EDGE_OPPOSITE)

    border = np.zeros(count, bool)
    border[edges[~inner].ravel()] = True
    fixed = np.zeros(count, bool)
    fixed[list(sharp)] = True
    degree = np.bincount(edges.ravel(), minlength=count)
    share = np.where(degree == 3, 3 / 16, 3 / (8 * np.maximum(degree, 1)))
    share = np.where(border, _BORDER_NEIGHBOUR, share)
    share[fixed] = 0.0
    own = np.where(border, 1 - 2 * _BORDER_NEIGHBOUR, 1 - degree * share)
    own[fixed] = 1.0
    add(np.arange(count), np.arange(count), own)
    for here, there in ((0, 1), (1, 0)):
        vertex, neighbour = edges[:, here], edges[:, there]
        counts = ~border[vertex] | ~inner
        add(vertex[counts], neighbour[counts], share[vertex[counts]])
    matrix = scipy.sparse.coo_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(count + len(edges), count)
    ).tocsr()
    a, b, c = triangles.T
    ab, bc, ca = (count + edge_of).reshape(3, -1)
    finer = np.concatenate([np.stack(corners, 1) for corners in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return matrix, finer.astype(np.int32)


def border_loops(triangles: np.ndarray) -> list[np.ndarray]:
    """The open borders of an oriented surface.

    Args:
        triangles: int (M, 3).

    Returns:
        For each hole its vertices in the order in which the triangles at it run, int32.
    """
    directed = triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    known = set(map(tuple, directed.tolist()))
    following = {start: end for start, end in sorted(known) if (end, start) not in known}
    loops = []
    while following:
        start, at = following.popitem()
        loop = [start]
        while at != loop[0]:
            loop.append(at)
            at = following.pop(at)
        loops.append(np.array(loop, np.int32))
    return loops
