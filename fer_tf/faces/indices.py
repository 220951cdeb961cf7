"""Which points of the face mesh mean what: parts of the face, action-unit centres, visible features.

Numbers are those of mediapipe's canonical face model. Right is the subject's right, on the
image's left. "JAA-Net" is Shao et al. 2018 (arXiv 1803.05588), whose rules place the centres of
action units relative to 68 landmarks; d is its unit, the gap between the inner eye corners.
"""

POINTS = 468

# Parts of the face (mediapipe, face_mesh_connections.py).
RIGHT_EYE_OUTER, RIGHT_EYE_INNER, RIGHT_EYE_TOP, RIGHT_EYE_BOTTOM = 33, 133, 159, 145
LEFT_EYE_OUTER, LEFT_EYE_INNER, LEFT_EYE_TOP, LEFT_EYE_BOTTOM = 263, 362, 386, 374
# From the temple to the nose.
RIGHT_BROW_UPPER, RIGHT_BROW_LOWER = (70, 63, 105, 66, 107), (46, 53, 52, 65, 55)
LEFT_BROW_UPPER, LEFT_BROW_LOWER = (300, 293, 334, 296, 336), (276, 283, 282, 295, 285)
MOUTH_RIGHT, MOUTH_LEFT = 61, 291
UPPER_LIP_OUTER, UPPER_LIP_INNER, LOWER_LIP_INNER, LOWER_LIP_OUTER = 0, 13, 14, 17
NOSE_TIP, NOSE_ROOT, SUBNASALE, CHIN = 1, 168, 2, 152
# Clockwise in the image from the middle of the forehead (FACEMESH_FACE_OVAL).
FACE_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)

# Lengths are divided by this distance; paper C names no unit.
EYE_DISTANCE = (RIGHT_EYE_OUTER, LEFT_EYE_OUTER)

# Centres of the 12 action units of paper C, Table 3: right and left point, one point on the midline.
# The table gives words; the points are the nearest of the mesh to JAA-Net's rules for them.
AU_CENTRES: dict[int, tuple[int, ...]] = {
    1: (108, 337),  # "above inner brow": nearest to 107 raised by d/2
    2: (104, 333),  # "above outer brow": nearest to 63 raised by d/3
    4: (52, 282),  # "brow centre"
    6: (205, 425),  # "cheek centre": nearest to the lower lid lowered by d
    7: (159, 386),  # "top eyelid centre"
    10: (0,),  # "upper lip centre"
    12: (61, 291),  # "lip corner"
    14: (43, 273),  # "below lip corner"
    15: (61, 291),  # "lip corner", the same point as 12
    17: (199,),  # "chin centre"
    23: (17,),  # "bottom lip centre"
    24: (17,),  # "bottom lip centre", the same point as 23
}
# What the words allow as well; taken for the units that are asked for.
AU_CENTRE_ALTERNATIVES: dict[int, tuple[int, ...]] = {
    2: (68, 298),  # nearer to the temple, where the tail of the brow is lifted
    4: (224, 444),  # below the brow: JAA-Net lowers the point by d/3
    6: (50, 280),  # the cheek bone, which the muscle covers
    10: (13,),  # inner edge of the lip
    17: (200,),  # nearer to the lip
    23: (14,),  # inner edge of the lip
    24: (14,),
}

# Visible features of paper C, Table 4. The table gives words; the points are our choice.
_RIGHT_EYE, _LEFT_EYE = (RIGHT_EYE_OUTER, RIGHT_EYE_INNER), (LEFT_EYE_OUTER, LEFT_EYE_INNER)
_EYES, _MOUTH = (*_RIGHT_EYE, *_LEFT_EYE), (UPPER_LIP_INNER, LOWER_LIP_INNER)
# Each length is the distance between the middles of two groups of points, or the mean of two such.
VISIBLE_LENGTHS: dict[str, tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]] = {
    "left_eye_width": (((LEFT_EYE_INNER,), (LEFT_EYE_OUTER,)),),
    "right_eye_width": (((RIGHT_EYE_OUTER,), (RIGHT_EYE_INNER,)),),
    "mouth_width": (((MOUTH_RIGHT,), (MOUTH_LEFT,)),),
    "right_eye_height": (((RIGHT_EYE_TOP,), (RIGHT_EYE_BOTTOM,)),),
    "left_eye_height": (((LEFT_EYE_TOP,), (LEFT_EYE_BOTTOM,)),),
    "mouth_height": (((UPPER_LIP_INNER,), (LOWER_LIP_INNER,)),),  # of the opening: 0 when closed
    "left_eye_to_right_eye": ((_LEFT_EYE, _RIGHT_EYE),),
    "eyes_to_brows": (((RIGHT_EYE_TOP,), (52,)), ((LEFT_EYE_TOP,), (282,))),
    "eyes_to_mouth": ((_EYES, _MOUTH),),
    "eyes_to_nose": ((_EYES, (NOSE_TIP,)),),
    "nose_to_mouth": (((NOSE_TIP,), _MOUTH),),
}
# Angles of the triangle of eyes and mouth: the first group is the corner.
VISIBLE_ANGLES: dict[str, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = {
    "angle_at_left_eye": (_LEFT_EYE, _RIGHT_EYE, _MOUTH),
    "angle_at_right_eye": (_RIGHT_EYE, _LEFT_EYE, _MOUTH),
    "angle_at_mouth": (_MOUTH, _LEFT_EYE, _RIGHT_EYE),
}
VISIBLE_FEATURES = (*VISIBLE_LENGTHS, *VISIBLE_ANGLES)
# The table's 16 rows name two of them twice.
VISIBLE_FEATURES_AS_LISTED = (
    *VISIBLE_FEATURES[:5],
    "right_eye_height",
    *VISIBLE_FEATURES[5:],
    "angle_at_mouth",
)
