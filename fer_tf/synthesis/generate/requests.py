"""What one picture of a synthetic set is to show, and where that comes from."""

import dataclasses

from fer_tf.labels import DISGUISES, EMOTIONS, GENDERS, UNKNOWN

# What leaves the expression to be seen; paper A names hats, sunglasses, hijabs, turbans, beards and make-up.
OPEN_KINDS = ("hat", "cap", "turban", "hijab", "sunglasses", "clear_glasses", "beard", "make_up")
# What only one gender wears, as in rendered faces.
WORN_BY = {"hijab": GENDERS.index("female"), "beard": GENDERS.index("male")}


@dataclasses.dataclass(frozen=True)
class Reference:
    """A picture of a built dataset that a new one starts from; its pixels are read when they are needed.

    Attributes:
        image_id: of the record.
        emotion: a word of ``labels.EMOTIONS``.
        subject_id: "" where unknown.
        gender: index in ``labels.GENDERS``, or -1.
        skin_tone: 1..10 on the Monk scale, or -1.
        age_group: index in ``labels.AGE_GROUPS``, or -1.
    """

    image_id: str
    emotion: str
    subject_id: str = ""
    gender: int = UNKNOWN
    skin_tone: int = UNKNOWN
    age_group: int = UNKNOWN


@dataclasses.dataclass(frozen=True)
class Request:
    """One picture that is wanted.

    Attributes:
        name: unique in its split and emotion: the file's name without its ending.
        split: "train" or "test".
        emotion: a word of ``labels.EMOTIONS``.
        disguise: a word of ``labels.DISGUISES``.
        seed: 0..2**32-1, of all that is random about this picture.
        gender: index in ``labels.GENDERS``, or -1 where it is neither asked for nor known.
        skin_tone: 1..10 on the Monk scale, or -1.
        age_group: index in ``labels.AGE_GROUPS``, or -1.
        reference: ``image_id`` of the picture that it starts from, "" for none.
        subject_id: whose face it is, "" where that is nobody who is known.
    """

    name: str
    split: str
    emotion: str
    disguise: str
    seed: int
    gender: int = UNKNOWN
    skin_tone: int = UNKNOWN
    age_group: int = UNKNOWN
    reference: str = ""
    subject_id: str = ""

    def __post_init__(self) -> None:
        for field, word, known in (("emotion", self.emotion, EMOTIONS), ("disguise", self.disguise, DISGUISES)):
            if word not in known:
                raise ValueError(f"{field} {word!r}: expected one of {', '.join(known)}")

    @property
    def path(self) -> str:
        """Its place in the folder, without the file's ending: ``SPLIT/EMOTION/NAME``."""
        return f"{self.split}/{self.emotion}/{self.name}"
