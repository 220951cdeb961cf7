"""What tells the hair styles apart: one row of numbers each."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Style:
    """A cut.

    Attributes:
        count: locks on the whole scalp.
        comb: "whorl" (away from the crown), "part" (to both sides of a parting), "sweep" (over to
            one side), "back", "tie" (to a knot at the back) or "out" (stands off, tight curls).
        length: (top, sides, back) E.
        layer: (least, most) E above the scalp.
        width: of a lock, E.
        gravity, settle, segments: see ``growth.Habit``.
        rise: how far roots point away from the scalp, 0..1.
        disorder: of the combed direction, 0..1.
        clump: 0..1, tips gathered.
        part: x of the parting on the unit sphere.
        curl: (radius E, turns, flatness 0..1).
        level: y where hanging hair is cut, E; None leaves its length.
        fringe: "none", "straight" or "side".
        recede: degrees that the hairline lies higher than usual at the temples and in front.
        top: elevation in degrees above which no hair grows.
        tube: long hair, outside ears and jaw.
        cover: brightness of the scalp's cover under the locks, share of the hair's.
        scalp: 0..1, how far skin shows through.
        extra: "none", "tail" or "bun".
    """

    count: int
    comb: str
    length: tuple[float, float, float]
    layer: tuple[float, float]
    width: float = 0.035
    gravity: float = 0.5
    settle: float = 0.6
    segments: int = 5
    rise: float = 0.2
    disorder: float = 0.15
    clump: float = 0.3
    part: float = 0.0
    curl: tuple[float, float, float] = (0.0, 1.0, 0.3)
    level: float | None = None
    fringe: str = "none"
    recede: float = 0.0
    top: float = 90.0
    tube: bool = False
    cover: float = 0.6
    scalp: float = 0.0
    extra: str = "none"


_LONG = Style(
    850, "part", (3.4, 3.1, 2.8), (0.03, 0.13), width=0.055, gravity=0.95, settle=0.5, segments=11, rise=0.25,
    disorder=0.08, clump=0.35, part=0.12, level=2.45, tube=True,
)  # fmt: skip
_BOB = dataclasses.replace(_LONG, length=(1.9, 1.5, 1.3), level=0.98, layer=(0.03, 0.15), part=-0.2, segments=8)
_TIED = Style(
    850, "tie", (1.0, 1.0, 1.0), (0.012, 0.05), width=0.045, segments=6, disorder=0.04, clump=0.2, cover=0.7
)  # fmt: skip

STYLES = {
    "bald": Style(1100, "whorl", (0.06, 0.06, 0.07), (0.008, 0.02), width=0.024, segments=3, top=24.0, scalp=0.4),
    "buzz_cut": Style(
        1500, "whorl", (0.045, 0.04, 0.04), (0.008, 0.022), width=0.016, gravity=0.1, segments=3, rise=0.6,
        disorder=0.35, clump=0.0, scalp=0.4,
    ),
    "crew_cut": Style(
        1000, "whorl", (0.2, 0.09, 0.09), (0.015, 0.07), gravity=0.15, settle=0.6, rise=0.38, disorder=0.3,
        width=0.03, scalp=0.1,
    ),
    "side_part": Style(
        950, "sweep", (0.5, 0.2, 0.18), (0.02, 0.11), gravity=0.25, settle=0.7, rise=0.4, part=-0.42, clump=0.45,
        disorder=0.12, segments=6,
    ),
    "receding": Style(
        800, "back", (0.26, 0.13, 0.14), (0.015, 0.05), gravity=0.2, rise=0.35, recede=13.0, width=0.024,
        scalp=0.45, disorder=0.2,
    ),
    "curly_short": Style(
        900, "whorl", (0.42, 0.24, 0.26), (0.03, 0.14), gravity=0.35, settle=0.4, segments=6, rise=0.9, disorder=0.6,
        clump=0.15, curl=(0.055, 1.3, 0.9), width=0.045,
    ),
    "afro": Style(
        1800, "out", (0.34, 0.3, 0.3), (0.2, 0.31), segments=4, disorder=1.0, clump=0.0, curl=(0.03, 1.2, 1.0),
        width=0.04, cover=0.5,
    ),
    "slicked_back": Style(
        900, "back", (0.7, 0.45, 0.3), (0.012, 0.07), gravity=0.1, settle=0.9, rise=0.35, disorder=0.05, clump=0.3,
        segments=7, width=0.04, cover=0.7,
    ),
    "pixie": Style(
        720, "sweep", (0.5, 0.32, 0.26), (0.02, 0.11), gravity=0.45, settle=0.6, rise=0.4, part=-0.35, clump=0.5,
        disorder=0.22, segments=6, fringe="side",
    ),
    "bob": _BOB,
    "bob_fringe": dataclasses.replace(_BOB, fringe="straight", part=0.0, level=0.85),
    "long_straight": _LONG,
    "long_wavy": dataclasses.replace(
        _LONG, curl=(0.06, 2.6, 0.6), part=-0.15, layer=(0.03, 0.19), segments=14, count=800, clump=0.5, disorder=0.15
    ),
    "long_fringe": dataclasses.replace(_LONG, fringe="straight", part=0.0, level=2.0),
    "ponytail": dataclasses.replace(_TIED, extra="tail"),
    "bun": dataclasses.replace(_TIED, extra="bun"),
}  # fmt: skip
