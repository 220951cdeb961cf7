"""Groups of people and their intersections: who belongs to which, and sums over each in many draws at once."""

import concurrent.futures
import dataclasses
import itertools
import os
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from scipy import sparse

from fer_tf.evaluation.bootstrap import subject_numbers

# Between the two of an intersection, in the names of columns and of groups.
CROSS = " & "
_CHUNK = 200


@dataclasses.dataclass(frozen=True)
class Cells:
    """Groups by one column or two.

    Attributes:
        column: name of each cell's column, ``"gender & skin_tone"`` of an intersection.
        group: the words in it, ``"female & 3"``.
        members: column -> int (N,), number of each image's cell, -1 where it is in none.
    """

    column: tuple[str, ...]
    group: tuple[str, ...]
    members: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.column)


def cells(groups: Mapping[str, np.ndarray], *, pairs: bool = False, fewest: int = 1) -> Cells:
    """All groups that occur, column by column, then their intersections.

    Args:
        groups: column -> text (N,), ``""`` where unknown. A column of which nothing is known, or all is one value, has
            nothing to compare and is left out of the intersections; the former altogether.
        pairs: whether intersections of two columns are cells too.
        fewest: intersections of fewer images than this are left out.
    """
    columns, names, members = [], [], {}

    def add(column: str, words: np.ndarray, least: int) -> None:
        unique, inverse, counts = np.unique(words, return_inverse=True, return_counts=True)
        order = sorted(range(len(unique)), key=lambda number: (len(unique[number]), unique[number]))
        kept = [number for number in order if unique[number] and counts[number] >= least]
        if not kept:
            return
        numbers = np.full(len(unique), -1)
        numbers[kept] = len(columns) + np.arange(len(kept))
        members[column] = numbers[inverse.reshape(-1)]
        columns.extend([column] * len(kept))
        names.extend(str(unique[number]) for number in kept)

    for column, words in groups.items():
        add(column, np.asarray(words).astype(str), 1)
    several = [column for column in members if len(np.unique(members[column][members[column] >= 0])) > 1]
    for first, second in itertools.combinations(several, 2) if pairs else ():
        one, other = (np.asarray(groups[column]).astype(object) for column in (first, second))
        both = np.where((one == "") | (other == ""), "", one + CROSS + other).astype(str)
        # Where one says all that the other does (tone and its band), there is nothing new.
        if len(np.unique(both)) > max(
            len(np.unique(np.where(both == "", "", part.astype(str)))) for part in (one, other)
        ):
            add(first + CROSS + second, both, fewest)
    return Cells(tuple(columns), tuple(names), members)


def drawn_sums(
    contributions: np.ndarray | sparse.csr_array, chosen: Cells, subjects: np.ndarray, resamples: int, seed: int
) -> Iterator[np.ndarray]:
    """Sums over the people of each cell, drawn with replacement; the same people for all cells.

    Args:
        contributions: (N, K), what each image adds.
        chosen: the cells, C of them.
        subjects: text (N,), ``""`` where unknown: such an image is its own subject.
        resamples: number of draws.
        seed: of the draws.

    Yields:
        float32 (C, K, D), first with D = 1, everyone once, then for up to ``_CHUNK`` draws at a time.
    """
    sums, people = _sums(contributions, chosen, subjects)
    shape = (len(chosen), contributions.shape[1], -1)
    yield (sums @ np.ones((people, 1), np.float32)).reshape(shape)
    random = np.random.default_rng(seed)
    for start in range(0, resamples, _CHUNK):
        draws = min(_CHUNK, resamples - start)
        weights = np.empty((people, draws), np.float32)
        for draw in range(draws):
            weights[:, draw] = np.bincount(random.integers(people, size=people), minlength=people)
        yield (sums @ weights).reshape(shape)


def people_in(chosen: Cells, subjects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Images and subjects of each cell, int (C,) both."""
    members, people = subject_numbers(subjects)
    images, counted = np.zeros(len(chosen), int), np.zeros(len(chosen), int)
    for numbers in chosen.members.values():
        known = numbers >= 0
        images += np.bincount(numbers[known], minlength=len(chosen))
        both = np.unique(numbers[known].astype(np.int64) * people + members[known])
        counted += np.bincount(both // people, minlength=len(chosen))
    return images, counted


def people_in_rest(chosen: Cells, subjects: np.ndarray) -> np.ndarray:
    """Subjects of the images that are in another cell of the same column, int (C,)."""
    members, people = subject_numbers(subjects)
    counted = np.zeros(len(chosen), int)
    for numbers in chosen.members.values():
        known = numbers >= 0
        both = np.unique(numbers[known].astype(np.int64) * people + members[known])
        cell, member = both // people, both % people
        in_one_alone = np.bincount(member, minlength=people)[member] == 1
        own = np.unique(cell)
        counted[own] = len(np.unique(member)) - np.bincount(cell[in_one_alone], minlength=len(chosen))[own]
    return counted


def rest(sums: np.ndarray, chosen: Cells) -> np.ndarray:
    """What the other cells of the same column sum to; shaped as ``drawn_sums`` gives them."""
    others = np.empty_like(sums)
    column = np.array(chosen.column)
    for name in chosen.members:
        own = column == name
        others[own] = sums[own].sum(axis=0, keepdims=True) - sums[own]
    return others


def scored(
    draws: Iterator[np.ndarray], chosen: Cells, score: Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Scores of what everyone sums to, and of all draws.

    Args:
        draws: of ``drawn_sums``.
        chosen: the cells.
        score: (sums of each cell, sums of the rest), both (C, K, D) -> name -> (C, D).

    Returns:
        name -> (C,), and name -> (C, resamples).
    """
    # NumPy lets go of the interpreter while it counts: one draw is scored while the next one is taken.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(lambda sums: score(sums, rest(sums, chosen)), draws))
    values = {name: part[:, 0] for name, part in parts[0].items()}
    return values, {name: np.concatenate([part[name] for part in parts[1:]], axis=1) for name in values}


def _sums(contributions, chosen: Cells, subjects: np.ndarray) -> tuple[sparse.csr_array, int]:
    """What each person adds to each cell, (C * K, people)."""
    members, people = subject_numbers(subjects)
    entries = sparse.coo_array(contributions)
    width = contributions.shape[1]
    rows, columns, values = [], [], []
    for numbers in chosen.members.values():
        cell = numbers[entries.row]
        known = cell >= 0
        rows.append(cell[known].astype(np.int64) * width + entries.col[known])
        columns.append(members[entries.row[known]])
        values.append(entries.data[known])
    stacked = [np.concatenate(part) for part in (values, rows, columns)]
    # Sums of pairs that come twice are taken on the way to CSR.
    matrix = sparse.coo_array((stacked[0].astype(np.float32), tuple(stacked[1:])), (len(chosen) * width, people))
    return matrix.tocsr(), people


def everyone(count: int) -> Cells:
    """The one cell that all images are in."""
    return Cells(("all",), ("all",), {"all": np.zeros(count, int)})


def joined(first: Cells, second: Cells) -> Cells:
    """Cells of both, those of ``second`` numbered on."""
    moved = {name: np.where(numbers >= 0, numbers + len(first), -1) for name, numbers in second.members.items()}
    return Cells(first.column + second.column, first.group + second.group, {**first.members, **moved})
