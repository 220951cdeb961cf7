"""What an audit finds, by name."""

import dataclasses

import numpy as np

from fer_tf.data.audit import labels
from fer_tf.data.audit.collect import Collected
from fer_tf.data.audit.duplicates import Duplicates, Partners
from fer_tf.data.audit.options import AuditOptions
from fer_tf.errors import InputError
from fer_tf.labels import EMOTIONS

# Finding -> what it says of a picture (or class), in the order of the report.
TITLES = {
    "unreadable": "the file cannot be decoded",
    "small": "the picture, or the largest face in it, has too few pixels",
    "blurred": "the face is blurred",
    "dark": "too dark",
    "bright": "too bright",
    "grey": "without colour, in a dataset that has colour",
    "no_face": "no face is found, and nothing above explains why",
    "several_faces": "several faces of similar size",
    "cut_face": "the frame cuts off part of the face",
    "exact_duplicates": "the same pixels twice in one split",
    "near_duplicates": "nearly the same picture twice in one split",
    "exact_leak": "the same pixels in another split",
    "near_leak": "nearly the same picture in another split",
    "subject_leak": "the person is in another split",
    "sequence_leak": "the video sequence is in another split",
    "label_conflict": "a duplicate has another label",
    "disagreement": "annotators gave another emotion more votes than the label",
    "no_consensus": "too few annotators agree on one of the seven emotions",
    "class_imbalance": "classes with too few pictures beside the largest",
    "group_imbalance": "groups whose share of a class differs from their share of all",
}
# Several findings under one name.
SETS = {
    "quality": tuple(TITLES)[:9],
    "duplicates": ("exact_duplicates", "near_duplicates"),
    "leak": ("exact_leak", "near_leak", "subject_leak", "sequence_leak"),
    "labels": ("label_conflict", "disagreement", "no_consensus"),
    "balance": ("class_imbalance", "group_imbalance"),
    "all": tuple(TITLES),
}
# A cut face reaches so far out of the picture, as a share of its box.
_CUT = 0.045
NEEDS_FACES = ("no_face", "several_faces", "cut_face")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One kind of fault and where it is.

    Attributes:
        name: a key of ``TITLES``.
        pictures: numbers of the pictures, int (K,).
        details: column -> (K,), what was measured.
        others: int (K,), the picture that each is a duplicate of; None elsewhere.
        note: what must be known to read it; "" for nothing.
        hint: it may well be wrong, and never fails a check.
        rows: column -> (K,), of what is not about pictures; else None.
    """

    name: str
    pictures: np.ndarray
    details: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    others: np.ndarray | None = None
    note: str = ""
    hint: bool = False
    rows: dict[str, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(next(iter(self.rows.values()))) if self.rows is not None else len(self.pictures)


def finding_names(text: str, flag: str) -> tuple[str, ...]:
    """The findings that a list such as ``"leak,dark"`` names, in the order of the report.

    Raises:
        InputError: a name is unknown.
    """
    chosen: set[str] = set()
    for word in filter(None, (word.strip() for word in text.split(","))):
        if word not in SETS and word not in TITLES:
            raise InputError(f"--{flag}: no finding is called {word!r}: choose of {', '.join((*SETS, *TITLES))}")
        chosen |= set(SETS.get(word, (word,)))
    return tuple(name for name in TITLES if name in chosen)


def picture_findings(collected: Collected, duplicates: Duplicates, options: AuditOptions) -> list[Finding]:
    """Every finding that is about single pictures, empty ones too, in the order of ``TITLES``."""
    found = [*_quality(collected, options), *_copies(collected, duplicates)]
    found += [_spread(collected, f"{kind}_leak", f"{kind}_id") for kind in ("subject", "sequence")]
    found += [_conflicts(collected, duplicates), *_votes(collected, options)]
    order = list(TITLES)
    return sorted(found, key=lambda finding: order.index(finding.name))


def _quality(collected: Collected, options: AuditOptions) -> list[Finding]:
    facts, readable, crops = collected.facts, collected.readable, collected.cut_faces
    side = np.fmin(facts["height"], facts["width"])
    if not crops:  # whose boxes are the picture's middle
        side = np.fmin(side, facts["face_side"])
    small = readable & (side < options.min_side)
    dark, bright = readable & (facts["light"] < options.dark), readable & (facts["face_light"] > options.bright)
    # What has no pixels or no light to show edges with is not blurred, nor is a place without a face, which lenses
    # leave out of focus. Of blurred faces all but a hundredth are found.
    blurred = readable & ~small & ~dark & ~bright & (facts["blur"] > options.blur) & (crops | ~(facts["faces"] == 0))
    grey, grey_note = readable & (facts["colour"] == 0), ""
    if grey.sum() > readable.sum() / 2:
        grey_note = f"{grey.sum():,} of {readable.sum():,} pictures are grey: the dataset is, and none is listed"
        grey = np.zeros_like(grey)
    no_face = (facts["faces"] == 0) & ~small & ~dark & ~bright & ~blurred
    cut = (facts["cut"] > _CUT) & ~small & (not crops)
    no_face_note = cut_note = ""
    if crops:
        no_face_note = "These are tight crops, in which detectors miss faces: look at them; it never fails a check"
        cut_note = "Not asked: these are tight crops, which cut faces on purpose"
    if not collected.detectors:
        no_face_note = cut_note = "Not asked: no detector"
    members = {"small": small, "dark": dark, "bright": bright, "blurred": blurred, "grey": grey, "no_face": no_face}
    members |= {"several_faces": (facts["faces"] > 1) & ~small, "cut_face": cut}
    columns = {"small": ("width", "height", "face_side"), "dark": ("light",), "bright": ("face_light",)}
    columns |= {"blurred": ("blur",), "several_faces": ("faces",), "cut_face": ("cut",)}
    notes = {"grey": grey_note, "no_face": no_face_note, "cut_face": cut_note}
    unread = np.array(sorted(collected.reasons), int)
    reasons = np.array([collected.reasons[number] for number in unread.tolist()], str)
    found = [Finding("unreadable", unread, {"reason": reasons})]
    for name, chosen in members.items():
        pictures = np.flatnonzero(chosen)
        details = {column: facts[column][pictures] for column in columns.get(name, ())}
        hint = crops and name == "no_face"
        found.append(Finding(name, pictures, details, note=notes.get(name, ""), hint=hint))
    return found


def _copies(collected: Collected, duplicates: Duplicates) -> list[Finding]:
    kinds = {"exact_duplicates": duplicates.exact, "near_duplicates": duplicates.near}
    kinds |= {"exact_leak": duplicates.exact_across, "near_leak": duplicates.near_across}
    return [_pairs(name, partners) for name, partners in kinds.items()]


def _pairs(name: str, partners: Partners) -> Finding:
    pictures = partners.members
    details = {"similarity": partners.similarity[pictures]}
    return Finding(name, pictures, details, partners.other[pictures], note=f"{partners.pairs:,} pairs")


def _spread(collected: Collected, name: str, column: str) -> Finding:
    """Pictures of whoever or whatever is in several splits."""
    keys, members = np.unique(collected.texts[column], return_inverse=True)
    first = np.full(len(keys), np.iinfo(np.int8).max, np.int8)
    last = np.full(len(keys), -1, np.int8)
    np.minimum.at(first, members, collected.split)
    np.maximum.at(last, members, collected.split)
    several = (first != last) & (keys != b"")
    pictures = np.flatnonzero(several[members])
    details = {column: np.char.decode(collected.texts[column][pictures], "utf-8", "replace")}
    known = "" if (keys != b"").any() else "Not asked: the dataset does not say"
    return Finding(name, pictures, details, note=known or f"{several.sum():,} in several splits")


def _conflicts(collected: Collected, duplicates: Duplicates) -> Finding:
    emotion, best = collected.numbers["emotion"], np.full(len(collected), -1, np.int64)
    kinds = (duplicates.near_across, duplicates.near, duplicates.exact_across, duplicates.exact)
    for partners in kinds:
        pictures = partners.members
        others = partners.other[pictures]
        differ = (emotion[pictures] >= 0) & (emotion[others] >= 0) & (emotion[pictures] != emotion[others])
        best[pictures[differ]] = others[differ]
    pictures = np.flatnonzero(best >= 0)
    words = np.array(EMOTIONS)
    details = {"emotion": words[emotion[pictures]], "other_emotion": words[emotion[best[pictures]]]}
    return Finding("label_conflict", pictures, details, best[pictures])


def _votes(collected: Collected, options: AuditOptions) -> list[Finding]:
    votes, emotion = collected.votes, collected.numbers["emotion"]
    known = labels.voted(collected)
    note = "" if known.any() else "Not asked: the dataset has no votes"
    words = np.array((*EMOTIONS, "unknown"))
    found = []
    for name, chosen in (
        ("disagreement", labels.disagrees(votes, emotion)),
        ("no_consensus", known & ~labels.keeps(votes, options.consensus)),
    ):
        pictures = np.flatnonzero(chosen)
        details = {"emotion": words[emotion[pictures]], "most_votes": words[votes[pictures].argmax(axis=1)]}
        found.append(Finding(name, pictures, details | {"share": labels.top_share(votes[pictures])}, note=note))
    return found


def class_finding(collected: Collected, options: AuditOptions) -> Finding:
    """Classes that are rare beside the largest, over all splits."""
    counts = labels.class_counts(collected).sum(axis=0)
    rare = np.flatnonzero(counts * options.imbalance < counts.max())
    rows = {"emotion": np.array(EMOTIONS)[rare], "pictures": counts[rare], "largest": np.full(len(rare), counts.max())}
    return Finding("class_imbalance", np.zeros(0, int), rows=rows)
