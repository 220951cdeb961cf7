"""What is wrong with a dataset on purpose, so that an audit can be checked against the truth.

A group is written ``attribute=value``: ``gender=female``, ``age_group=40-69``, ``skin_tone=7``,
or a band of tones, ``skin_tone=light`` (Monk 1-5) and ``skin_tone=dark`` (Monk 6-10); ``everyone`` is
the group that all belong to.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, AGE_GROUPS, EMOTIONS, GENDERS, SKIN_TONES, TONE_BANDS
from fer_tf.synthesis.render.people import AGE_YEARS, age_group
from fer_tf.synthesis.render.spec import HAIR_STYLES, PLACES, Subject

# Attribute -> name of a group -> stored values that belong to it.
GROUP_VALUES: dict[str, dict[str, tuple[int, ...]]] = {
    "gender": {name: (index,) for index, name in enumerate(GENDERS)},
    "skin_tone": {**TONE_BANDS, **{str(tone): (tone,) for tone in SKIN_TONES}},
    "age_group": {AGE_GROUPS[index]: (index,) for index in AGE_YEARS},
}
EVERYONE = "everyone"
SUM_TOLERANCE = 1e-6
CUES = {"place": PLACES, "hair_style": HAIR_STYLES}

Shares = Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class Bias:
    """Everything that is injected; the defaults inject nothing.

    Attributes:
        group_shares: attribute -> group -> its share 0..1 of the training subjects; the shares of an
            attribute sum to 1, groups that are not named get none. ``{"gender": {"female": 0.2, "male": 0.8}}``.
        emotion_shares: emotion -> attribute -> group -> its share of that emotion's training images;
            one attribute for each emotion. ``{"anger": {"gender": {"female": 0.1, "male": 0.9}}}``.
        noisy_group: group, or ``everyone``, whose training labels are wrong at times ("" for none).
        label_noise: 0..1, how often; a wrong label is one of the six others, each as likely.
        weak_group: group, or ``everyone``, that shows less ("" for none), in every split: it is how these people are.
        weak_factor: 0..1 on all action units of the weak group; 1 changes nothing.
        shortcut_cue: ``place=NAME`` or ``hair_style=NAME`` ("" for none).
        shortcut_target: ``emotion=NAME`` or ``unit=NUMBER`` (present from FACS B on), which the cue goes with.
        shortcut_strength: 0..1, share of the training images in which the cue is there exactly if
            the target is; in the others it is there by chance, as in validation and test.
        place_emotion_correlation: 0..1, share of the images of every split whose place is drawn from
            the two places of their emotion (``plan.EMOTION_PLACES``) instead of from all.
    """

    group_shares: Mapping[str, Shares] = dataclasses.field(default_factory=dict)
    emotion_shares: Mapping[str, Mapping[str, Shares]] = dataclasses.field(default_factory=dict)
    noisy_group: str = ""
    label_noise: float = 0.0
    weak_group: str = ""
    weak_factor: float = 1.0
    shortcut_cue: str = ""
    shortcut_target: str = ""
    shortcut_strength: float = 0.0
    place_emotion_correlation: float = 0.0

    def __post_init__(self) -> None:
        for name in ("label_noise", "weak_factor", "shortcut_strength", "place_emotion_correlation"):
            _check_share(name, getattr(self, name))
        for attribute, shares in _mapping("group_shares", self.group_shares).items():
            _check_shares(f"group_shares: {attribute}", attribute, shares)
        for emotion, attributes in _mapping("emotion_shares", self.emotion_shares).items():
            _check_known("emotion_shares: emotion", emotion, EMOTIONS)
            if len(_mapping(f"emotion_shares: {emotion}", attributes)) != 1:
                raise InputError(f"emotion_shares: {emotion}: expected one attribute, came {_listed(attributes)}")
            for attribute, shares in attributes.items():
                _check_shares(f"emotion_shares: {emotion}: {attribute}", attribute, shares)
        for name, value, needed in (
            ("noisy_group", self.noisy_group, self.label_noise > 0),
            ("weak_group", self.weak_group, self.weak_factor < 1),
        ):
            if value and value != EVERYONE:
                split_group(value)
            elif needed and not value:
                raise InputError(f"{name}: empty, though its amount is set: name a group such as gender=female")
        if self.shortcut_cue or self.shortcut_target or self.shortcut_strength:
            split_cue(self.shortcut_cue)
            split_target(self.shortcut_target)

    def describe(self) -> dict[str, Any]:
        """All parameters as plain JSON values, for the dataset's metadata; ``from_mapping`` reads it back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> "Bias":
        """Bias from flags or JSON; what is missing keeps its default.

        Raises:
            InputError: an unknown parameter or a value out of range, by name.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        for name in options:
            _check_known("bias: parameter", name, known)
        return cls(**options)


def split_group(group: str) -> tuple[str, tuple[int, ...]]:
    """``attribute=value`` as the attribute and the stored values that belong to the group.

    Raises:
        InputError: not of that form, or unknown; the message lists what is known.
    """
    attribute, found, value = _text("group", group).partition("=")
    if not found:
        raise InputError(f"group {group!r}: expected attribute=value, such as gender=female")
    _check_known("group: attribute", attribute, GROUP_VALUES)
    _check_known(f"group: {attribute}", value, GROUP_VALUES[attribute])
    return attribute, GROUP_VALUES[attribute][value]


def attribute_value(subject: Subject, attribute: str) -> int:
    """Stored value of a group attribute: ``gender``, ``skin_tone`` or ``age_group``."""
    return age_group(subject.age) if attribute == "age_group" else getattr(subject, attribute)


def in_group(subject: Subject, group: str) -> bool:
    """Whether a subject belongs to a group; nobody belongs to ""."""
    if group in ("", EVERYONE):
        return group == EVERYONE
    attribute, values = split_group(group)
    return attribute_value(subject, attribute) in values


def split_cue(cue: str) -> tuple[str, str]:
    """``place=NAME`` or ``hair_style=NAME`` as a pair.

    Raises:
        InputError: not of that form, or unknown.
    """
    kind, _, name = _text("shortcut_cue", cue).partition("=")
    if kind not in CUES:
        raise InputError(f"shortcut_cue {cue!r}: expected place=NAME or hair_style=NAME")
    _check_known(f"shortcut_cue: {kind}", name, CUES[kind])
    return kind, name


def split_target(target: str) -> tuple[str, int]:
    """``emotion=NAME`` as ("emotion", index), ``unit=NUMBER`` as ("unit", action unit).

    Raises:
        InputError: not of that form, or unknown.
    """
    kind, _, name = _text("shortcut_target", target).partition("=")
    if kind == "emotion":
        _check_known("shortcut_target: emotion", name, EMOTIONS)
        return kind, EMOTIONS.index(name)
    if kind == "unit":
        _check_known("shortcut_target: unit", name, [str(unit) for unit in ACTION_UNITS])
        return kind, int(name)
    raise InputError(f"shortcut_target {target!r}: expected emotion=NAME or unit=NUMBER")


def _check_share(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise InputError(f"{name} {value!r}: expected a number 0..1")


def _check_shares(where: str, attribute: str, shares: Any) -> None:
    _check_known(f"{where.rpartition(': ')[0]}: attribute", attribute, GROUP_VALUES)
    for group, share in _mapping(where, shares).items():
        _check_known(where, group, GROUP_VALUES[attribute])
        _check_share(f"{where}: {group}", share)
    values = [value for group in shares for value in GROUP_VALUES[attribute][group]]
    if len(values) != len(set(values)):
        raise InputError(f"{where}: groups overlap: {_listed(shares)}: give bands or single tones, not both")
    total = sum(shares.values())
    if abs(total - 1.0) > SUM_TOLERANCE:
        raise InputError(f"{where}: shares sum to {total:g}: expected 1")


def _check_known(what: str, name: Any, known) -> None:
    if name not in known:
        raise InputError(f"{what} {name!r}: not known: known are {_listed(known)}")


def _mapping(where: str, value: Any) -> Mapping:
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: expected names with values (a JSON object), came {value!r}")
    return value


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{where}: expected text, came {value!r}")
    return value


def _listed(names) -> str:
    return ", ".join(map(str, names)) or "none"
