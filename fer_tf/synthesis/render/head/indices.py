"""Vertices of the face mesh by their part of the face (MediaPipe's numbering), on the image's left side."""

# Clockwise in the image from the middle of the forehead.
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
# Rows of the eye on the image's left, from the outer to the inner corner; mirrored for the right.
OUTER_CORNER, INNER_CORNER = 33, 133
UPPER_LID = (246, 161, 160, 159, 158, 157, 173)
LOWER_LID = (7, 163, 144, 145, 153, 154, 155)
UPPER_CREASE = (247, 30, 29, 27, 28, 56, 190)
LOWER_CREASE = (25, 110, 24, 23, 22, 26, 112)
UPPER_SOCKET = (113, 225, 224, 223, 222, 221, 189)
LOWER_SOCKET = (31, 228, 229, 230, 231, 232, 233)
CORNER_FOLDS = (130, 243, 226, 244)
# Rows of the lips from the image's left to its right, corners included; red border to inner line.
UPPER_LIP_ROWS = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
)
LOWER_LIP_ROWS = (
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)
UPPER_LIP = tuple(sorted({vertex for row in UPPER_LIP_ROWS for vertex in row[1:-1]}))
LOWER_LIP = tuple(sorted({vertex for row in LOWER_LIP_ROWS for vertex in row[1:-1]}))
MOUTH_CORNERS = (61, 291, 76, 306, 62, 292, 78, 308)
# Corners that the subdivision must not round off.
SHARP = (33, 133, 263, 362, 78, 308)
