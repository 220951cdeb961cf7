"""Faces that keep their number from frame to frame.

The detector looks every few frames. Between, each face follows its mesh as in mediapipe's graph for
videos (face_landmark_front_cpu): the mesh network looks in the square around the last mesh. The
detector's box moves with that square, because how a crop is framed decides how well it is classified.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from fer_tf.errors import InputError
from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.mesh import find_meshes, follow_meshes, square_of_points
from fer_tf.faces.square import Square
from fer_tf.predict.boxes import Box, lies_on, middle, moved_box, overlap, same_mesh

# A detection is the face of a track when they share this part of their union.
_SAME = 0.3
# A mesh whose middle jumps further from where it was to be expected, in sides of the square, is another's.
_FURTHEST_JUMP = 0.35
# So many detections in a row, and at least ``forget`` seconds, must miss a face that its mesh still sees.
_MISSED = 3
# A lost face may be found again at another place, so many of its heights away at once and more each second,
# and so many times larger or smaller: a person who walks goes about twice the height of the face in a second.
_REACH, _REACH_PER_SECOND, _SIZE_CHANGE = 0.5, 2.0, 1.4
# Frames from one detection to the next while a face is lost.
_WHILE_LOST = 2
# Seconds from one detection to the next at most, however few frames lie between: people move on.
_LONGEST_WAIT = 0.5
# Seconds from one frame to the next over which a mesh is followed; after longer ones the detector says who is where.
_LONGEST_STEP = 0.25
# Weight of the last frame in the speed; the rest is what it was.
_SPEED_SHARE = 0.3


@dataclasses.dataclass(frozen=True)
class TrackedFace:
    """A face of one frame.

    Attributes:
        id: the same in every frame of one person; from 1, never given twice.
        face: box and score of the last detection, the box moved to where the face is now.
    """

    id: int
    face: Face


@dataclasses.dataclass(eq=False)
class _Track:
    """What is known of one face.

    Attributes:
        id: see ``TrackedFace``.
        detected: what the detector said last.
        box: where the face is, or was when last seen.
        seen: seconds when it was last seen.
        confirmed: seconds when a detection last was of it.
        anchor: square of the mesh at detection; None without a mesh: only the detector can say where the face is.
        square: of the mesh now.
        speed: of the box's middle, pixels a second.
        missed: detections in a row that did not find it.
        lost: not seen now.
        jump: distance of the mesh from where it was expected, in sides; infinite where it was found again.
    """

    id: int
    detected: Face
    box: Box
    seen: float
    confirmed: float
    anchor: Square | None = None
    square: Square | None = None
    speed: tuple[float, float] = (0.0, 0.0)
    missed: int = 0
    lost: bool = False
    jump: float = 0.0

    def expected(self, time: float) -> Box:
        """Where the box would be if the face went on as before."""
        left, top, width, height = self.box
        passed = time - self.seen
        return left + self.speed[0] * passed, top + self.speed[1] * passed, width, height

    def move(self, box: Box, time: float) -> None:
        """Takes a new place and what it says of the speed."""
        passed = time - self.seen
        if passed > 0:
            middles = zip(middle(self.box), middle(box), self.speed, strict=True)
            self.speed = tuple(old + _SPEED_SHARE * ((to - at) / passed - old) for at, to, old in middles)
        self.box, self.seen, self.lost = box, time, False


class Tracker:
    """Follows faces through a video; holds nothing of faces that were forgotten.

    Example:
        >>> tracker = Tracker(predictor.find)  # doctest: +SKIP
        >>> [face.id for face in tracker.update(image, 0.04)]  # doctest: +SKIP
        [1, 2]
    """

    def __init__(
        self,
        find: Callable[[np.ndarray], list[Face]],
        *,
        detect_every: int = 5,
        forget: float = 1.0,
        follow: Callable[[np.ndarray, Sequence[Square]], list[Mesh | None]] = follow_meshes,
        mesh: Callable[[np.ndarray, Sequence[Face]], list[Mesh | None]] | None = None,
    ):
        """Starts without faces.

        Args:
            find: detects faces in an RGB uint8 (H, W, 3) frame.
            detect_every: frames from one detection to the next, but at most half a second; at once when a face
                gets lost, every other frame until it is back or forgotten, and every frame while a face has no
                mesh to follow.
            forget: seconds after which a face that is not seen loses its number; one that was seen in the last
                frame is looked for in any case, however long ago that is.
            follow: finds meshes of a frame in squares; None where there is none.
            mesh: finds the mesh of each detected face; None looks twice with ``find_meshes``.

        Raises:
            InputError: a number out of range.
        """
        if detect_every < 1 or not 0 <= forget < math.inf:
            raise InputError(
                f"detect_every is {detect_every} and forget {forget} seconds: expected 1 or more and 0 or more"
            )
        self._find, self._follow, self._mesh = find, follow, mesh or _meshes
        self._detect_every, self._forget = detect_every, forget
        self._tracks: list[_Track] = []
        self._since_detection, self._last_id = detect_every, 0
        self._last_frame, self._last_detection = -math.inf, -math.inf

    @property
    def ids(self) -> set[int]:
        """Numbers that may still come back, of faces seen now or not long ago."""
        return {track.id for track in self._tracks}

    @property
    def count(self) -> int:
        """How many faces there were since the beginning."""
        return self._last_id

    def update(self, image: np.ndarray, time: float) -> list[TrackedFace]:
        """Goes on to the next frame.

        Args:
            image: RGB uint8 (H, W, 3).
            time: of the frame, seconds, later than the one before.

        Returns:
            the faces seen in it, those with lower numbers first.
        """
        self._tracks = [track for track in self._tracks if not track.lost or time - track.seen <= self._forget]
        at_once = time - self._last_frame > _LONGEST_STEP or time - self._last_detection >= _LONGEST_WAIT
        if time - self._last_frame > _LONGEST_STEP:
            # A mesh that is looked for where somebody was so long ago settles on anything.
            for track in self._tracks:
                track.lost = True
        self._last_frame = time
        at_once = self._follow_all(image, time) or at_once
        self._since_detection += 1
        away = any(track.lost for track in self._tracks)
        if at_once or self._since_detection >= (min(self._detect_every, _WHILE_LOST) if away else self._detect_every):
            self._detect(image, time)
            self._since_detection, self._last_detection = 0, time
        seen = sorted((track for track in self._tracks if not track.lost), key=lambda track: track.id)
        return [TrackedFace(track.id, dataclasses.replace(track.detected, box=track.box)) for track in seen]

    def _follow_all(self, image: np.ndarray, time: float) -> bool:
        """Moves every face that is seen to its mesh; whether one got lost, or has no mesh to follow."""
        seen = [track for track in self._tracks if not track.lost]
        followed = [track for track in seen if track.square is not None]
        meshes = self._follow(image, [track.square for track in followed]) if followed else []
        for track, mesh in zip(followed, meshes, strict=True):
            _follow_one(track, mesh, image.shape, time)
        _part([track for track in followed if not track.lost])
        return any(track.lost or track.square is None for track in seen)

    def _detect(self, image: np.ndarray, time: float) -> None:
        faces = self._find(image)
        pairs = _pairs(self._tracks, faces, time)
        fresh = [number for number, track in pairs.items() if track.lost or not lies_on(track.square, faces[number])]
        news = [number for number in range(len(faces)) if number not in pairs]
        looked = [*fresh, *news]
        meshes = dict(zip(looked, self._mesh(image, [faces[number] for number in looked]), strict=True))
        for number, track in pairs.items():
            _renew(track, faces[number], meshes.get(number), time)
        matched = {track.id for track in pairs.values()}
        for track in self._tracks:
            if not track.lost and track.id not in matched:
                self._miss(track, time)
        for number in news:
            self._begin(faces[number], meshes[number], time)
        # A second look at a face may have been taken for a lost one near by.
        _part([track for track in self._tracks if not track.lost])

    def _miss(self, track: _Track, time: float) -> None:
        """The detector did not find a face; its mesh may go on for a while, without a mesh it is gone."""
        track.missed += 1
        if track.square is None or (track.missed >= _MISSED and time - track.confirmed >= self._forget):
            track.lost = True

    def _begin(self, face: Face, mesh: Mesh | None, time: float) -> None:
        """A new number, unless this is a second look at a face that has one."""
        square = None if mesh is None else square_of_points(mesh.points)
        for track in self._tracks:
            if track.lost:
                continue
            if overlap(track.box, face.box) >= _SAME or same_mesh(track.square, square):
                return
        self._last_id += 1
        self._tracks.append(_Track(self._last_id, face, face.box, time, time, square, square))


def _meshes(image: np.ndarray, faces: Sequence[Face]) -> list[Mesh | None]:
    # Two looks, so that the square no longer depends on where the detector saw the face.
    return find_meshes([image], [faces], passes=2)[0] if faces else []


def _follow_one(track: _Track, mesh: Mesh | None, shape: tuple[int, ...], time: float) -> None:
    track.lost = True
    if mesh is None:
        return
    square = square_of_points(mesh.points)
    if not 0 < square.side < math.inf or not (0 <= square.centre[0] < shape[1] and 0 <= square.centre[1] < shape[0]):
        return
    box = moved_box(track.detected.box, track.anchor, square)
    track.jump = math.dist(middle(box), middle(track.expected(time))) / square.side
    if track.jump <= _FURTHEST_JUMP:
        track.move(box, time)
        track.square = square


def _part(tracks: list[_Track]) -> None:
    """Of two tracks on one face, the one that jumped there is lost; between equals the younger."""
    for track in sorted(tracks, key=lambda track: (-_coarse(track.jump), -track.id)):
        if any(not other.lost and other is not track and same_mesh(other.square, track.square) for other in tracks):
            track.lost = True


def _coarse(jump: float) -> float:
    # Differences of a hundredth of a side are the network's noise.
    return jump if math.isinf(jump) else round(jump, 2)


def _pairs(tracks: Sequence[_Track], faces: Sequence[Face], time: float) -> dict[int, _Track]:
    """Number of a face -> its track: first those that overlap, then lost ones near by; the best pairs first."""
    pairs: dict[int, _Track] = {}

    def take(candidates: list[tuple[float, _Track, int]]) -> None:
        for _, track, number in sorted(candidates, key=lambda entry: (entry[0], entry[1].lost, entry[1].id)):
            if number not in pairs and track not in pairs.values():
                pairs[number] = track

    shares = [
        (_best_overlap(track, face, time), track, number) for track in tracks for number, face in enumerate(faces)
    ]
    take([(-share, track, number) for share, track, number in shares if share >= _SAME])
    lost = [track for track in tracks if track.lost]
    away = [(_away(track, face, time), track, number) for track in lost for number, face in enumerate(faces)]
    take([entry for entry in away if entry[0] <= 1])
    return pairs


def _best_overlap(track: _Track, face: Face, time: float) -> float:
    # A lost face may have gone on behind another, or come back where it left.
    places = [track.box, track.expected(time)] if track.lost else [track.box]
    return max(overlap(place, face.box) for place in places)


def _away(track: _Track, face: Face, time: float) -> float:
    """How far a face is from where a lost one was, as a share of how far that may have gone; above 1: too far."""
    height, other = track.box[3], face.box[3]
    if not 1 / _SIZE_CHANGE <= other / height <= _SIZE_CHANGE:
        return math.inf
    reach = height * (_REACH + _REACH_PER_SECOND * (time - track.seen))
    return min(math.dist(middle(place), middle(face.box)) for place in (track.box, track.expected(time))) / reach


def _renew(track: _Track, face: Face, mesh: Mesh | None, time: float) -> None:
    """What a detection says of a face that has a number."""
    if mesh is not None:
        track.square = square_of_points(mesh.points)
    elif track.lost or not lies_on(track.square, face):
        track.square = None
    if track.lost:
        track.speed, track.jump = (0.0, 0.0), math.inf
    # From where the mesh moved the box it is the detector's step, not the face's: the speed stays.
    track.box, track.seen, track.lost = face.box, time, False
    track.detected, track.anchor, track.confirmed, track.missed = face, track.square, time, 0
