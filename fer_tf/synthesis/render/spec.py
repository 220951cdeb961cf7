"""What is to be drawn: subject, expression, pose, light, camera. Plain values, no pixels."""

import dataclasses

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, DISGUISES, UNKNOWN

# Continuous parameters of a head, each a standard normal score, kept within -2.5..2.5.
SHAPE_NAMES = (
    *("face_width", "face_length", "jaw_width", "chin_length", "chin_depth", "cheekbone", "cheek_fullness"),
    *("forehead_height", "forehead_slope", "brow_ridge", "brow_height", "brow_tilt", "eye_size", "eye_height"),
    *("eye_distance", "eye_slant", "eye_depth", "nose_length", "nose_width", "nose_depth", "nose_bridge"),
    *("mouth_width", "mouth_height", "upper_lip", "lower_lip", "ear_size", "neck_width"),
)
HAIR_STYLES = (
    *("bald", "buzz_cut", "crew_cut", "side_part", "receding", "curly_short", "afro", "slicked_back"),
    *("pixie", "bob", "bob_fringe", "long_straight", "long_wavy", "long_fringe", "ponytail", "bun"),
)
FACIAL_HAIR = ("none", "stubble", "moustache", "goatee", "full_beard")
PLACES = (
    *("bar", "bedroom", "classroom", "hospital_room", "kitchen", "living_room", "office", "supermarket"),
    *("beach", "forest_path", "mountain", "park", "playground", "street"),
)
YAW_LIMIT, PITCH_LIMIT, ROLL_LIMIT = 35.0, 20.0, 20.0


@dataclasses.dataclass(frozen=True)
class Subject:
    """One identity, drawn many times.

    Attributes:
        subject_id: stable name, unique in a dataset.
        seed: of what is random about the skin and the hair; the same in every picture.
        gender: index in ``labels.GENDERS``.
        age: years, 16..85.
        skin_tone: 1..10 on the Monk scale.
        shape: float (len(SHAPE_NAMES),) standard normal scores.
        hair_style: one of HAIR_STYLES.
        hair_colour: sRGB 0..255.
        brow_weight: 0.4..1.6, thickness of the brows.
        brow_colour: sRGB 0..255.
        facial_hair: one of FACIAL_HAIR.
        iris_colour: sRGB 0..255.
        lip_redness: 0..1.
        lipstick: 0..1, every-day make-up.
        freckles: 0..1.
        moles: how many.
        clothes_colour: sRGB 0..255.
        collar: "crew", "v_neck", "shirt" or "hoodie".
    """

    subject_id: str
    seed: int
    gender: int
    age: float
    skin_tone: int
    shape: tuple[float, ...]
    hair_style: str
    hair_colour: tuple[float, float, float]
    brow_weight: float = 1.0
    brow_colour: tuple[float, float, float] = (50.0, 35.0, 25.0)
    facial_hair: str = "none"
    iris_colour: tuple[float, float, float] = (70.0, 45.0, 28.0)
    lip_redness: float = 0.5
    lipstick: float = 0.0
    freckles: float = 0.0
    moles: int = 0
    clothes_colour: tuple[float, float, float] = (70.0, 80.0, 110.0)
    collar: str = "crew"

    def score(self, name: str) -> float:
        """A shape parameter by its name, standard normal, within -2.5..2.5."""
        return float(np.clip(self.shape[SHAPE_NAMES.index(name)], -2.5, 2.5))


@dataclasses.dataclass(frozen=True)
class Expression:
    """What the face does.

    Attributes:
        units: action unit -> intensity 0..1; what is missing is 0.
        asymmetry: action unit -> -1..1; at +1 only the image's right side acts, at -1 only the left.
        gaze: (right, down) in degrees, about -30..30.
        emotion: index in ``labels.EMOTIONS`` that was meant, or -1.
    """

    units: dict[int, float] = dataclasses.field(default_factory=dict)
    asymmetry: dict[int, float] = dataclasses.field(default_factory=dict)
    gaze: tuple[float, float] = (0.0, 0.0)
    emotion: int = UNKNOWN

    def __post_init__(self) -> None:
        for unit, intensity in self.units.items():
            if unit not in ACTION_UNITS:
                raise InputError(f"action unit {unit}: not known: known are {', '.join(map(str, ACTION_UNITS))}")
            if not 0.0 <= intensity <= 1.0:
                raise InputError(f"action unit {unit}: intensity {intensity}: expected 0..1")
        for unit, lean in self.asymmetry.items():
            if unit not in ACTION_UNITS:
                raise InputError(f"asymmetry of action unit {unit}: not known")
            if not -1.0 <= lean <= 1.0:
                raise InputError(f"asymmetry of action unit {unit}: {lean}: expected -1..1")

    def sided(self, unit: int) -> tuple[float, float]:
        """Intensities 0..1 of a unit on the image's left and right side of the face."""
        intensity, lean = self.units.get(unit, 0.0), self.asymmetry.get(unit, 0.0)
        return intensity * min(1.0, 1.0 - lean), intensity * min(1.0, 1.0 + lean)

    def intensities(self) -> np.ndarray:
        """float32 (24,) in the order of ``labels.ACTION_UNITS``."""
        return np.array([self.units.get(unit, 0.0) for unit in ACTION_UNITS], np.float32)


@dataclasses.dataclass(frozen=True)
class Pose:
    """Turn of the head in degrees.

    Attributes:
        yaw: positive turns the nose to the image's right; within +-35.
        pitch: positive lifts the chin (looks up); within +-20.
        roll: positive turns clockwise in the image; within +-20.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0

    def __post_init__(self) -> None:
        limits = {"yaw": YAW_LIMIT, "pitch": PITCH_LIMIT, "roll": ROLL_LIMIT}
        for name, limit in limits.items():
            if not -limit <= getattr(self, name) <= limit:
                raise InputError(f"{name} {getattr(self, name)}: expected {-limit:g}..{limit:g} degrees")


@dataclasses.dataclass(frozen=True)
class Lamp:
    """A far light.

    Attributes:
        direction: (x, y, z) towards the light, image axes (y down, z to the viewer), any length.
        colour: linear RGB, times its strength; the key light of a bright room is about (1, 1, 1).
    """

    direction: tuple[float, float, float]
    colour: tuple[float, float, float]


@dataclasses.dataclass(frozen=True)
class Light:
    """The light on the person.

    Attributes:
        lamps: the first is the key light and throws shadows; up to three.
        sky: linear RGB of what comes from above.
        ground: linear RGB of what comes from below.
    """

    lamps: tuple[Lamp, ...] = (
        Lamp((-0.5, -0.6, 0.8), (0.95, 0.92, 0.88)),
        Lamp((0.7, -0.1, 0.6), (0.22, 0.24, 0.27)),
    )
    sky: tuple[float, float, float] = (0.34, 0.35, 0.37)
    ground: tuple[float, float, float] = (0.20, 0.18, 0.16)


@dataclasses.dataclass(frozen=True)
class Camera:
    """What lens, sensor and file do to the picture; each 0 (or 1) leaves it as it is.

    Attributes:
        exposure: factor on the light, 0.1 (dark) .. 4 (burnt out); 1 is right.
        defocus: radius of the blur, as part of the image's side, 0..0.03.
        motion: length of the smear, as part of the side, 0..0.06.
        motion_angle: degrees.
        noise: standard deviation of the sensor's noise at mid grey, 0..30 of 255.
        jpeg_quality: 5..100; 100 leaves the picture as it is.
        resolution: share of the side's pixels that the sensor had, 0.1..1.
        grayscale: no colour.
        white_balance: factors on red, green, blue.
    """

    exposure: float = 1.0
    defocus: float = 0.0
    motion: float = 0.0
    motion_angle: float = 0.0
    noise: float = 0.0
    jpeg_quality: int = 100
    resolution: float = 1.0
    grayscale: bool = False
    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclasses.dataclass(frozen=True)
class Frame:
    """One picture, complete: the same Frame gives the same bytes.

    Attributes:
        subject, expression, pose, light, camera: see there.
        seed: of everything that is random about this picture.
        disguise: index in ``labels.DISGUISES``.
        place: one of PLACES, "plain" (a soft gradient) or "studio" (grey).
        bystanders: other people in the background.
        face_size: E in the picture, as part of its side; 0.3 fills it with the head.
        centre: where the middle of the face lies, as parts of width and height.
        size: side of the picture in pixels.
        scene: another frame, whose background, bystanders and look of the disguise this one has; None for its own.
    """

    subject: Subject
    expression: Expression = Expression()
    pose: Pose = Pose()
    light: Light = Light()
    camera: Camera = Camera()
    seed: int = 0
    disguise: int = 0
    place: str = "plain"
    bystanders: int = 0
    face_size: float = 0.3
    centre: tuple[float, float] = (0.5, 0.5)
    size: int = 224
    scene: "Frame | None" = None

    def __post_init__(self) -> None:
        if not 0 <= self.disguise < len(DISGUISES):
            raise InputError(f"disguise {self.disguise}: expected 0..{len(DISGUISES) - 1}, see labels.DISGUISES")
        if self.place not in (*PLACES, "plain", "studio"):
            raise InputError(f"place {self.place!r}: known are plain, studio, {', '.join(PLACES)}")
