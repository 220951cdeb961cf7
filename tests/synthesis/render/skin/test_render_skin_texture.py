import itertools

import numpy as np
import pytest

from fer_tf.synthesis.render.skin import features, tones
from fer_tf.synthesis.render.skin import texture_space as space
from fer_tf.synthesis.render.skin.make_up import apply_make_up
from fer_tf.synthesis.render.skin.texture import paint_skin
from fer_tf.synthesis.render.spec import FACIAL_HAIR

LUMINANCE = np.float32([0.2126, 0.7152, 0.0722])


def mean_light(skin, region):
    """Mean luminance of the albedo where a map is above one half."""
    return float((skin.albedo[region > 0.5] @ LUMINANCE).mean())


def brow_region():
    line, _ = features.brow_band()
    region = np.zeros(space.SHAPE)
    for u, v in space.to_texture(line[1:4]).astype(int):
        region[v - 3 : v + 4, u - 3 : u + 4] = 1
    return region


def forehead():
    return features.zones()["forehead"] > 0.8


@pytest.mark.parametrize("seed", [0, 1, 2, 77])
def test_tones_darken_from_one_to_ten(person, seed):
    light = [float(tones.skin_colour(person(seed, skin_tone=tone)) @ LUMINANCE) for tone in range(1, 11)]
    assert all(np.diff(light) < 0)


def test_tones_stay_apart_between_people(person):
    light = [[float(tones.skin_colour(person(s, skin_tone=t)) @ LUMINANCE) for s in range(30)] for t in range(1, 11)]
    assert all(min(lighter) > max(darker) for lighter, darker in itertools.pairwise(light))


@pytest.mark.parametrize("tone", [1, 5, 10])
def test_skin_is_reddish(person, tone):
    red, green, blue = tones.skin_colour(person(skin_tone=tone))
    assert red > green > blue


@pytest.mark.parametrize("facial_hair", FACIAL_HAIR)
def test_maps_have_their_shapes_and_ranges(person, facial_hair):
    subject = person(age=70.0, gender=1, facial_hair=facial_hair, freckles=1.0, moles=4, lipstick=0.3)
    skin = paint_skin(subject)
    assert skin.albedo.shape == (560, 400, 3)
    assert skin.gloss.shape == skin.height.shape == (560, 400)
    for values in (skin.albedo, skin.gloss, skin.height):
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
    for values in (skin.albedo, skin.gloss):
        assert values.min() >= 0
        assert values.max() <= 1
    assert np.abs(skin.height).max() < 0.03


def test_same_subject_same_skin_another_seed_another(person):
    first, again, other = (paint_skin(person(seed, moles=2, freckles=0.5)) for seed in (5, 5, 6))
    for name in ("albedo", "gloss", "height"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
        assert getattr(first, name).tobytes() != getattr(other, name).tobytes()


@pytest.mark.parametrize("gender", [0, 1])
def test_brows_lashes_and_nostrils_are_darker_than_light_skin(person, gender):
    skin = paint_skin(person(gender=gender))
    plain = mean_light(skin, forehead())
    assert mean_light(skin, brow_region()) < 0.45 * plain
    assert mean_light(skin, features.eyes()["upper_edge"] > 0.8) < 0.4 * plain
    assert mean_light(skin, features.nose()["nostrils"] > 0.9) < 0.4 * plain


def test_heavier_brows_cover_more(person):
    thin, thick = (mean_light(paint_skin(person(brow_weight=w)), brow_region()) for w in (0.4, 1.6))
    assert thick < thin


def test_lips_are_redder_than_skin_and_lipstick_makes_them_redder(person):
    def redness(skin):
        red, green, _ = skin.albedo[features.lips()["full"] > 0.7].mean(0)
        return red / green

    bare, painted = paint_skin(person()), paint_skin(person(lipstick=1.0))
    plain = bare.albedo[forehead()].mean(0)
    assert redness(bare) > 1.3 * plain[0] / plain[1]
    assert redness(painted) > 1.3 * redness(bare)


def test_beards_darken_the_jaw_and_not_the_forehead(person):
    shaven, bearded = (paint_skin(person(gender=1, facial_hair=kind)) for kind in ("none", "full_beard"))
    jaw = features.zones()["beard"] > 0.8
    assert mean_light(bearded, jaw) < 0.75 * mean_light(shaven, jaw)
    assert mean_light(bearded, forehead()) == pytest.approx(mean_light(shaven, forehead()), rel=0.02)


def test_age_digs_wrinkles(person):
    young, old = (paint_skin(person(age=age)).height for age in (20.0, 80.0))
    assert old.std() > 1.5 * young.std()


def test_freckles_and_moles_darken(person):
    plain, spotted = paint_skin(person()), paint_skin(person(freckles=1.0))
    cheeks = features.zones()["cheeks"] > 0.7
    assert mean_light(spotted, cheeks) < mean_light(plain, cheeks)
    assert paint_skin(person(moles=6)).height.max() > plain.height.max()


@pytest.mark.parametrize("seed", range(6))
def test_make_up_changes_the_face_only(person, seed):
    subject = person()
    skin = paint_skin(subject)
    before = skin.albedo.copy()
    made_up = apply_make_up(skin, subject, np.random.default_rng(seed))
    np.testing.assert_array_equal(skin.albedo, before)
    outside = features.face_area() == 0
    for name in ("albedo", "gloss", "height"):
        values = getattr(made_up, name)
        np.testing.assert_array_equal(values[outside], getattr(skin, name)[outside])
        assert np.isfinite(values).all()
        assert values.dtype == np.float32
    assert made_up.albedo.min() >= 0
    assert made_up.albedo.max() <= 1
    change = np.abs(made_up.albedo - skin.albedo).max(-1)
    for region in (features.eyes()["lid"], features.lips()["red"]):
        assert change[region > 0.8].mean() > 0.05


def test_make_up_repeats_with_its_seed(person):
    subject = person()
    skin = paint_skin(subject)
    first, again = (apply_make_up(skin, subject, np.random.default_rng(3)) for _ in range(2))
    assert first.albedo.tobytes() == again.albedo.tobytes()


def test_features_are_symmetric():
    for maps in (features.eyes(), features.nose()):
        for name, texture in maps.items():
            difference = np.abs(texture[:, 1:] - texture[:, :0:-1]).max()
            assert difference < 0.02, name
