"""Contact sheet of everything the face tools do to some pictures."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from fer_tf.faces.crop import crop_face
from fer_tf.faces.detect import detect_faces
from fer_tf.faces.draw import draw_au_centres, draw_faces, draw_mesh, draw_regions
from fer_tf.faces.face import Face, Mesh
from fer_tf.faces.fill import FILLS
from fer_tf.faces.mesh import find_meshes
from fer_tf.faces.person import remove_person
from fer_tf.labels import DISGUISES
from fer_tf.synthesis.contact_sheet import Cell
from fer_tf.synthesis.disguise.overlay import disguise_faces
from fer_tf.synthesis.render.emotions import draw_expression, draw_pose
from fer_tf.synthesis.render.people import draw_subject
from fer_tf.synthesis.render.picture import draw
from fer_tf.synthesis.render.scene.place_lights import place_light
from fer_tf.synthesis.render.spec import PLACES, Frame

SIZE = 200
# Units whose regions do not lie on one another, one group for each picture in turn.
_UNITS = ((1, 2, 6, 12, 17), (4, 7, 10, 15), (5, 9, 14, 27), (2, 43, 11, 16), (1, 6, 22, 26), (4, 20, 28), (9, 18, 24))
# How far a close-up reaches beyond the face's box, as part of its longer side.
_CLOSE, _WITH_HAT = 0.25, 0.8
_PAPER = 235


def rendered_pictures(count: int, seed: int) -> list[np.ndarray]:
    """Half bodies in places, some with a bystander, to show the tools on.

    Args:
        count: how many.
        seed: of the people.

    Returns:
        uint8 (400, 400, 3) each.
    """
    rng = np.random.default_rng(seed)
    pictures = []
    for number in range(count):
        emotion, place = int(rng.integers(7)), PLACES[number % len(PLACES)]
        frame = Frame(
            draw_subject(rng, "sheet"),
            draw_expression(rng, emotion),
            draw_pose(rng, emotion),
            place_light(place, rng),
            place=place,
            face_size=0.15,
            centre=(0.45, 0.42),
            bystanders=number % 2,
            seed=int(rng.integers(2**31)),
            size=400,
        )
        pictures.append(draw(frame).image)
    return pictures


def face_sections(images: Sequence[np.ndarray], seed: int = 0) -> dict[str, list[list[Cell]]]:
    """What each tool makes of the pictures, for ``contact_sheet``.

    Args:
        images: uint8 (H, W, 3) RGB; the largest face of each is shown.
        seed: of the disguises' styles and colours.

    Returns:
        Heading -> rows of (caption, uint8 (SIZE, SIZE, 3)).
    """
    faces = [sorted(found, key=lambda face: -face.box[2] * face.box[3]) for found in detect_faces(images)]
    meshes = [row[0] if row else None for row in find_meshes(images, [found[:1] for found in faces])]

    def row(work: Callable, caption: str = "") -> list[Cell]:
        given = enumerate(zip(images, faces, meshes, strict=True))
        return [(caption, work(number, *rest)) for number, rest in given]

    def close(
        draw_on: Callable, caption: str = "", picture: Callable | None = None, margin: float = _CLOSE
    ) -> list[Cell]:
        """Close-ups of the faces, painted; empty where there is no mesh or no picture."""

        def work(number: int, image: np.ndarray, found: list[Face], mesh: Mesh | None) -> np.ndarray:
            shown = picture(number) if picture else image
            return _nothing() if mesh is None or shown is None else draw_on(number, *_close_up(shown, mesh, margin))

        return row(work, caption)

    removed = {fill: remove_person(images, faces, fill) for fill in FILLS}
    sections = {
        "faces_found": [row(lambda number, image, found, mesh: _fitted(draw_faces(image, found)))],
        "crops": [row(lambda number, image, found, mesh: _crop(image, found))],
        "meshes": [close(lambda number, image, points: draw_mesh(image, points))],
        "centres_of_action_units": [close(lambda number, image, points: draw_au_centres(image, points))],
        "regions_of_action_units": [
            close(lambda number, image, points: draw_regions(image, points, _UNITS[number % len(_UNITS)]))
        ],
        "people_removed": [
            row(lambda number, image, found, mesh, fill=fill: _fitted(removed[fill][number].background), fill)
            for fill in FILLS
        ],
        "disguises": [],
    }
    seeds = [seed + number for number in range(len(images))]
    for name in DISGUISES[1:]:
        worn = [one and one.image for one in disguise_faces(images, [[mesh] for mesh in meshes], name, seeds)]
        sections["disguises"].append(close(lambda number, image, points: image, name, worn.__getitem__, _WITH_HAT))
    return sections


def _crop(image: np.ndarray, found: list[Face]) -> np.ndarray:
    if not found:
        return _nothing()
    return crop_face(image, found[0].box, SIZE, margin=0.0, keypoints=found[0].keypoints)


def _close_up(image: np.ndarray, mesh: Mesh, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """The square around a mesh, SIZE pixels wide, and the mesh's points in it."""
    low, high = mesh.points[:, :2].min(0), mesh.points[:, :2].max(0)
    side = float((high - low).max()) * (1 + 2 * margin)
    corner, scale = (low + high - side) / 2, SIZE / side
    # Half pixels: cv2 counts from the first pixel's middle.
    shift = (0.5 - corner) * scale - 0.5
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    softened = cv2.GaussianBlur(image, (0, 0), 0.4 / scale) if scale < 0.7 else image
    picture = cv2.warpAffine(softened, matrix, (SIZE, SIZE), borderValue=(_PAPER,) * 3)
    return picture, (mesh.points[:, :2] - corner) * scale


def _fitted(image: np.ndarray) -> np.ndarray:
    """The whole picture in a square."""
    scale = SIZE / max(image.shape[:2])
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    canvas = _nothing()
    top, left = (SIZE - size[1]) // 2, (SIZE - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas


def _nothing() -> np.ndarray:
    return np.full((SIZE, SIZE, 3), _PAPER, np.uint8)
