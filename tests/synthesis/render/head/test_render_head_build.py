import dataclasses
import itertools

import numpy as np
import pytest

from fer_tf.labels import ACTION_UNITS
from fer_tf.synthesis.render.head import build, eyes, lids, topology
from fer_tf.synthesis.render.head.body import body_surfaces
from fer_tf.synthesis.render.head.regions import SURFACE_UNITS, displacements, unit_regions
from fer_tf.synthesis.render.skin import texture_space
from fer_tf.synthesis.render.spec import SHAPE_NAMES, Expression, Subject
from fer_tf.synthesis.render.surface import Material

SUBJECT = Subject("someone", 5, 1, 40.0, 5, (0.3,) * len(SHAPE_NAMES), "bald", (30.0, 20.0, 10.0))
SMILE = Expression({6: 0.5, 12: 0.8, 25: 0.6})


def part(head, name):
    (surface,) = (surface for surface in head.surfaces if surface.name == name)
    return surface


def outward_share(surface, centre):
    a, b, c = (surface.vertices[surface.triangles[:, corner]] for corner in range(3))
    normal = np.cross(b - a, c - a)
    return ((normal * ((a + b + c) / 3 - centre)).sum(1) >= 0).mean()


def test_the_head_has_its_parts():
    head = build.build_head(SUBJECT, Expression())
    names = {surface.name for surface in head.surfaces}
    assert names == {
        *("face", "eye_left", "eye_right", "lashes", "mouth", "teeth", "tongue", "ears", "neck", "clothes"),
    }
    assert head.landmarks.shape == head.neutral.shape == (468, 3)
    assert {surface.name for surface in head.surfaces if not surface.on_head} == {"neck", "clothes"}
    assert [surface.name for surface in head.surfaces if surface.textured] == ["face"]
    assert set(SURFACE_UNITS) <= names


def test_surfaces_are_sound():
    for surface in build.build_head(SUBJECT, Expression({27: 1.0, 12: 1.0, 43: 1.0})).surfaces:
        count = len(surface.vertices)
        assert surface.vertices.dtype == surface.colour.dtype == np.float32
        assert surface.triangles.dtype == np.int32
        assert surface.colour.shape == (count, 3)
        assert 0 <= surface.triangles.min() <= surface.triangles.max() < count
        assert np.isfinite(surface.vertices).all()
        assert 0 <= surface.colour.min() <= surface.colour.max() <= 1
        if surface.material in (Material.HAIR, Material.CLOTH):
            assert surface.uv.shape == (count, 2)


def test_the_same_head_again():
    first, second = (build.build_head(SUBJECT, SMILE) for _ in range(2))
    for one, other in zip(first.surfaces, second.surfaces, strict=True):
        np.testing.assert_array_equal(one.vertices, other.vertices)
    np.testing.assert_array_equal(first.landmarks, second.landmarks)


def test_an_expression_leaves_the_remembered_rest_alone():
    before = build.build_head(SUBJECT, Expression())
    build.build_head(SUBJECT, Expression({27: 1.0, 43: 1.0}))
    np.testing.assert_array_equal(before.landmarks, build.build_head(SUBJECT, Expression()).landmarks)


def test_landmarks_are_the_drawn_ones():
    head = build.build_head(SUBJECT, SMILE)
    np.testing.assert_array_equal(head.landmarks, part(head, "face").vertices[:468])
    assert np.abs(head.landmarks[61] - head.neutral[61]).max() > 0.05


def test_the_jaw_takes_the_lower_teeth_along():
    shut, wide = (build.build_head(SUBJECT, Expression(units)) for units in ({}, {27: 1.0}))
    way = np.linalg.norm(part(wide, "teeth").vertices - part(shut, "teeth").vertices, axis=1)
    assert (way == 0).mean() == pytest.approx(0.5)
    assert way.max() > 0.2
    np.testing.assert_array_equal(shut.jaw, np.eye(4, dtype=np.float32))
    assert wide.jaw[2, 1] < -0.3


def test_closed_lips_hide_the_teeth():
    for units in ({}, {28: 1.0}, {24: 1.0}, {12: 1.0}):
        head = build.build_head(SUBJECT, Expression(units))
        teeth, lip = part(head, "teeth").vertices, head.landmarks[[13, 14]]
        middle = np.abs(teeth[:, 0] - lip[0, 0]) < 0.05
        assert teeth[middle, 2].max() < lip[:, 2].min() - 0.005


def test_no_eyeball_pokes_through_a_lid():
    places = eyes.sockets(build.build_head(SUBJECT, Expression()).neutral)
    for values in itertools.product((0.0, 1.0), repeat=4):
        head = build.build_head(SUBJECT, Expression(dict(zip((5, 6, 7, 43), values, strict=True))))
        for place, region in zip(places, topology.mesh().eye_regions, strict=True):
            away = part(head, "face").vertices[region] - place.centre
            front = away[:, 2] > 0.02
            assert np.linalg.norm(away[front], axis=1).min() > eyes.RADIUS + lids.LID_THICKNESS - 1e-4


def test_lid_edges_lead_back_into_the_eyeball():
    head = build.build_head(SUBJECT, Expression())
    for place, rim in zip(eyes.sockets(head.neutral), topology.mesh().eye_rims, strict=True):
        distance = np.linalg.norm(part(head, "face").vertices[rim] - place.centre, axis=1)
        assert distance.max() < eyes.RADIUS


def test_gaze_turns_the_iris_right_and_down():
    ahead, aside = (part(build.build_head(SUBJECT, Expression(gaze=gaze)), "eye_left") for gaze in ((0, 0), (20, 15)))
    # The first ring of the eyeball is the middle of the pupil.
    way = aside.vertices[0] - ahead.vertices[0]
    assert way[0] > 0.04
    assert way[1] > 0.03


def test_the_upper_lid_covers_the_top_of_the_iris_at_rest():
    head = build.build_head(SUBJECT, Expression())
    place = eyes.sockets(head.neutral)[0]
    top = place.centre[1] - eyes.IRIS_RADIUS
    assert 0.0 < head.landmarks[159, 1] - top < 0.04
    assert head.landmarks[145, 1] < place.centre[1] + eyes.IRIS_RADIUS + 0.012


def test_surfaces_look_outwards():
    head = build.build_head(SUBJECT, Expression())
    for side, name in enumerate(("eye_left", "eye_right")):
        assert outward_share(part(head, name), eyes.sockets(head.neutral)[side].centre) == 1
    assert outward_share(part(head, "neck"), np.array([0, 1.3, -0.8])) > 0.9
    assert outward_share(part(head, "clothes"), np.array([0, 3.0, -0.7])) > 0.75
    teeth = part(head, "teeth")
    assert outward_share(teeth, head.landmarks[13] - (0, 0, 0.6)) > 0.8


@pytest.mark.parametrize("collar", ["crew", "v_neck", "shirt", "hoodie"])
def test_skin_does_not_show_through_clothes(collar):
    neck, clothes = body_surfaces(dataclasses.replace(SUBJECT, collar=collar), 1.0)
    # On the back the cloth begins at the collar; skin below it must lie deeper.
    for height in (1.8, 2.0, 2.2):
        depth = [
            surface.vertices[
                (np.abs(surface.vertices[:, 1] - height) < 0.06) & (np.abs(surface.vertices[:, 0]) < 0.3), 2
            ]
            for surface in (neck, clothes)
        ]
        assert depth[0].min() > depth[1].min()


def test_collars_differ():
    fronts = [
        body_surfaces(dataclasses.replace(SUBJECT, collar=collar), 0.0)[1].vertices for collar in ("crew", "v_neck")
    ]
    lowest = [points[(np.abs(points[:, 0]) < 0.03) & (points[:, 2] > -0.5), 1].min() for points in fronts]
    assert lowest[0] + 0.2 < lowest[1]


def test_the_texture_of_the_face_is_a_frontal_view():
    uv, points = build.face_uv(), topology.neutral_face()
    np.testing.assert_allclose(uv[:468], texture_space.to_texture(points), atol=6)
    assert np.median(np.abs(uv[:468] - texture_space.to_texture(points))) < 0.5


def test_the_back_of_the_head_takes_no_features():
    uv = build.face_uv()
    fine = topology.refine_face(topology.extend(topology.neutral_face()))
    features = texture_space.to_texture(np.array([(-0.62, -0.32), (0.62, 0.95)]))
    back = uv[fine[:, 2] < -1.0]
    inside = ((back > features[0]) & (back < features[1])).all(1)
    assert not inside.any()


def test_regions_hold_what_a_unit_moves_and_leave_the_rest():
    regions = unit_regions()
    assert regions.shape == (len(ACTION_UNITS), *texture_space.SHAPE)
    pixels = texture_space.to_texture(topology.neutral_face()).astype(int)
    for unit, region, move in zip(ACTION_UNITS, regions, displacements(), strict=True):
        covered = region[pixels[:, 1], pixels[:, 0]]
        moves = np.linalg.norm(move, axis=1)
        assert covered[moves > 0.04 * moves.max()].all(), unit
        assert 0.01 < region.mean() < 0.5, unit
    # Brows and mouth share nothing.
    brows, mouth = regions[ACTION_UNITS.index(2)], regions[ACTION_UNITS.index(23)]
    assert not (brows * mouth).any()
