"""Scenes of a film: frames with the same person, place, light, clothes and emotion.

Data sets of frames of films have many such pictures; a random split puts some of a scene on both sides.
"""

import dataclasses

from fer_tf.synthesis.render.labelled import LabelledFrame

# How far a frame moves from the place and size of its scene's first one to those it was drawn with itself.
_MOVEMENT = 0.15


def as_film(pictures: list[LabelledFrame], frames_per_scene: int) -> list[LabelledFrame]:
    """Turns pictures of one person into scenes.

    The first picture of each scene stays what it is. The others keep their own expression, gaze, turn of
    the head, motion blur and sensor noise; all else is the first one's, a little nearer, farther or aside.

    Args:
        pictures: drawn without regard to each other, ordered by emotion.
        frames_per_scene: 2 or more; the last scene of each emotion has what remains.

    Returns:
        The pictures in their order, with ``sequence_id`` and ``number``.
    """
    scenes: list[list[LabelledFrame]] = []
    for picture in pictures:
        # True emotions: where labels are noisy, a whole scene has the label of its first frame.
        if scenes and len(scenes[-1]) < frames_per_scene and scenes[-1][0].true_emotion == picture.true_emotion:
            scenes[-1].append(_in_scene(scenes[-1][0], picture))
        else:
            scenes.append([picture])
    return [
        dataclasses.replace(picture, sequence_id=f"{picture.frame.subject.subject_id}_scene{scene:03d}", number=number)
        for scene, shown in enumerate(scenes)
        for number, picture in enumerate(shown)
    ]


def _in_scene(first: LabelledFrame, picture: LabelledFrame) -> LabelledFrame:
    """What is not named here is the first one's, its labels and injections too."""
    scene, own = first.frame, picture.frame
    frame = dataclasses.replace(
        scene,
        expression=own.expression,
        pose=own.pose,
        camera=dataclasses.replace(scene.camera, motion=own.camera.motion, motion_angle=own.camera.motion_angle),
        seed=own.seed,
        face_size=_towards(scene.face_size, own.face_size),
        # Between two people whose clothes reach the picture's edge they do so as well.
        centre=(_towards(scene.centre[0], own.centre[0]), _towards(scene.centre[1], own.centre[1])),
        scene=scene,
    )
    return dataclasses.replace(first, frame=frame, image_id=picture.image_id)


def _towards(start: float, end: float) -> float:
    return start + _MOVEMENT * (end - start)
