"""Plans a synthetic set: which pictures are wanted, in balance, and the same ones for the same seed."""

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence

from fer_tf.errors import InputError
from fer_tf.labels import DISGUISES, EMOTIONS, UNKNOWN
from fer_tf.synthesis.disguise.photo import picture_stream
from fer_tf.synthesis.generate.requests import OPEN_KINDS, WORN_BY, Reference, Request
from fer_tf.synthesis.render.balance import group_values

SPLITS = ("train", "test")
GROUPS = ("gender", "skin_tone", "age_group")
# Nobody below 20 is asked for.
_AGE_SHARES = {"20-39": 0.4, "40-69": 0.4, "70+": 0.2}
_MOST_OF_A_CLASS = 100_000


@dataclasses.dataclass(frozen=True)
class PlanOptions:
    """Which pictures a set holds.

    Attributes:
        seed: of everything: people, disguises, references, and the seed of each picture.
        per_class: pictures of each emotion in each split; 0 takes the two lists of counts.
        train_counts: pictures of anger, disgust, fear, happiness, neutral, sadness, surprise in train, as in paper A.
        test_counts: the same for test.
        train_disguises: what is worn in train, words of labels.DISGUISES with commas; each as often as any other.
        test_disguises: the same for test; kinds that train does not have make the splits disjoint in kind.
        images_per_reference: pictures that start from one reference image before another is drawn (paper A: 20).
    """

    seed: int = 0
    per_class: int = 0
    train_counts: str = "16,18,20,16,15,15,17"
    test_counts: str = "14,15,8,14,12,14,12"
    train_disguises: str = ",".join(OPEN_KINDS)
    test_disguises: str = ",".join(OPEN_KINDS)
    images_per_reference: int = 1

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise InputError(f"--seed: expected 0 or more, came {self.seed}")
        if not 0 <= self.per_class <= _MOST_OF_A_CLASS:
            raise InputError(f"--per_class: expected 0..{_MOST_OF_A_CLASS}, came {self.per_class}")
        if self.images_per_reference < 1:
            raise InputError(f"--images_per_reference: expected 1 or more, came {self.images_per_reference}")
        for split in SPLITS:
            self.counts(split)
            self.kinds(split)

    def counts(self, split: str) -> dict[str, int]:
        """How many pictures of each emotion a split holds."""
        if self.per_class:
            return dict.fromkeys(EMOTIONS, self.per_class)
        text = getattr(self, f"{split}_counts")
        words = [word.strip() for word in text.split(",")]
        whole = all(word.isascii() and word.isdecimal() and 1 <= int(word) <= _MOST_OF_A_CLASS for word in words)
        if not whole or len(words) != len(EMOTIONS):
            raise InputError(
                f"--{split}_counts: expected {len(EMOTIONS)} numbers 1..{_MOST_OF_A_CLASS} with commas, for "
                f"{', '.join(EMOTIONS)}, came {text!r}"
            )
        return dict(zip(EMOTIONS, map(int, words), strict=True))

    def kinds(self, split: str) -> list[str]:
        """What is worn in a split."""
        text = getattr(self, f"{split}_disguises")
        words = [word.strip() for word in text.split(",")]
        wrong = [word for word in words if word not in DISGUISES[1:]]
        if wrong or len(set(words)) < len(words):
            raise InputError(
                f"--{split}_disguises: expected different words of {', '.join(DISGUISES[1:])}, came {text!r}"
            )
        return words


@dataclasses.dataclass(frozen=True)
class Slot:
    """A place in the set for one picture; it is tried until a picture is good.

    Attributes:
        split, emotion, disguise, gender, skin_tone, age_group: see ``Request``.
        number: among the slots of its split and emotion, from 0.
    """

    split: str
    emotion: str
    number: int
    disguise: str
    gender: int = UNKNOWN
    skin_tone: int = UNKNOWN
    age_group: int = UNKNOWN


class Plan:
    """All slots of a set, and what is asked for at each try."""

    def __init__(
        self,
        options: PlanOptions,
        *,
        groups: Sequence[str] = (),
        references: Mapping[str, Sequence[Reference]] | None = None,
        keeps_person: bool = False,
    ):
        """Makes the plan.

        Args:
            options: counts, disguises and seed.
            groups: which of ``GROUPS`` are asked for, in balance; the others stay unknown.
            references: split -> pictures to start from; None where the source needs none.
            keeps_person: the pictures show the person of the reference, whose groups and name are then true of them.

        Raises:
            InputError: an emotion has no reference, or none of somebody who wears what is asked for.
        """
        self._options, self._keeps_person = options, keeps_person
        self.slots = [slot for split in SPLITS for slot in _slots(options, split, groups)]
        self._references = None if references is None else self._in_order(references)

    def request(self, slot: Slot, attempt: int) -> Request:
        """What is asked for at a try, from 0: another seed each time, and another reference."""
        name = f"{slot.emotion}_{slot.number:04d}_{attempt:02d}"
        seed = int(picture_stream(self._options.seed, f"{slot.split}/{name}").integers(2**32))
        known = {group: getattr(slot, group) for group in GROUPS}
        if self._references is not None:
            reference = self._reference(slot, attempt)
            known["reference"] = reference.image_id
            if self._keeps_person:
                known |= {group: getattr(reference, group) for group in GROUPS}
                known["subject_id"] = reference.subject_id
        return Request(name, slot.split, slot.emotion, slot.disguise, seed, **known)

    def _in_order(self, references: Mapping[str, Sequence[Reference]]) -> dict[tuple[str, str], list[Reference]]:
        """(split, emotion) -> its references in random order."""
        ordered = {}
        for split, emotion, disguise in dict.fromkeys((slot.split, slot.emotion, slot.disguise) for slot in self.slots):
            found = [reference for reference in references[split] if reference.emotion == emotion]
            if not any(_suits(reference, disguise, UNKNOWN) for reference in found):
                raise InputError(
                    f"the reference images for {split} have none of {emotion} that could wear {disguise}: "
                    "choose another --dataset or split of it, or other disguises"
                )
            order = picture_stream(self._options.seed, f"{split}/{emotion}/references").permutation(len(found))
            ordered[split, emotion] = [found[index] for index in order]
        return ordered

    def _reference(self, slot: Slot, attempt: int) -> Reference:
        of_emotion = self._references[slot.split, slot.emotion]
        wearers = [reference for reference in of_emotion if _suits(reference, slot.disguise, slot.gender)]
        # Rather a person of the other gender than none: the prompt says who is asked for.
        wearers = wearers or [reference for reference in of_emotion if _suits(reference, slot.disguise, UNKNOWN)]
        each = self._options.images_per_reference
        rounds = -(-self._options.counts(slot.split)[slot.emotion] // each)
        # Nobody is taken twice before all were taken, neither by the slots nor by the tries of one slot.
        step = next(step for step in itertools.count(rounds) if math.gcd(step, len(wearers)) == 1)
        return wearers[(slot.number // each + attempt * step) % len(wearers)]


def _suits(reference: Reference, disguise: str, gender: int) -> bool:
    wanted = WORN_BY.get(disguise, gender)
    return UNKNOWN in (reference.gender, wanted) or reference.gender == wanted


def _slots(options: PlanOptions, split: str, groups: Sequence[str]) -> list[Slot]:
    """Slots of a split by emotion; each emotion has each disguise equally often, to one picture."""
    counts, kinds = options.counts(split), options.kinds(split)
    rng = picture_stream(options.seed, f"{split}/slots")
    values = group_values(rng, sum(counts.values()), {"age_group": _AGE_SHARES})
    order = rng.permutation(len(kinds))
    slots: list[Slot] = []
    for emotion, count in counts.items():
        for number in range(count):
            # Counted on from emotion to emotion, so that the split as a whole is in balance as well.
            place = len(slots)
            disguise = kinds[order[place % len(kinds)]]
            known = {group: int(values[group][place]) for group in groups}
            if "gender" in known:
                known["gender"] = WORN_BY.get(disguise, known["gender"])
            slots.append(Slot(split, emotion, number, disguise, **known))
    return slots
