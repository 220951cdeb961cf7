"""Where action units show, as polygons of mesh points.

The first polygon of a unit is the subject's right one (or goes over the midline), the second its
mirror image. Vertices in order around the region; numbers of mediapipe's canonical face model.
They are meant to be widened by 5 to 10 % of the eye distance (``regions.DILATION``), since skin beside a
muscle moves along. No public table of such polygons exists: these follow the muscles and the
changes that the FACS manual describes (Ekman, Friesen and Hager 2002).
"""


def _parsed(*polygons: str) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(number) for number in polygon.split()) for polygon in polygons)


_LIPS = _parsed("61 185 40 39 37 0 267 269 270 409 291 375 321 405 314 17 84 181 91 146")
# The lips with the skin around them that the ring muscle moves.
_AROUND_MOUTH = _parsed("57 186 92 165 167 164 393 391 322 410 287 273 335 406 313 18 83 182 106 43")

AU_POLYGONS: dict[int, tuple[tuple[int, ...], ...]] = {
    # Inner part of the frontalis: inner brows and the forehead above.
    1: _parsed("65 66 69 67 109 10 338 297 299 296 295 285 8 55"),
    # Outer part of the frontalis: outer brow and the forehead above.
    2: _parsed("105 104 103 54 71 70 46 53 52", "334 333 332 284 301 300 276 283 282"),
    # Corrugator and procerus: brows, what is between them, and the fold below.
    4: _parsed("63 105 66 107 9 336 296 334 293 444 443 442 441 417 168 193 221 222 223 224"),
    # Levator palpebrae: upper lid, from its edge to the socket's fold.
    5: _parsed(
        "130 33 246 161 160 159 158 157 173 133 190 221 222 223 224 225 113",
        "359 263 466 388 387 386 385 384 398 362 414 441 442 443 444 445 342",
    ),
    # Orbital part of the ring muscle of the eye: below the lower lid, cheek bone, crow's feet.
    6: _parsed(
        "35 31 228 229 230 231 232 121 126 142 36 205 50 123 116 143",
        "265 261 448 449 450 451 452 350 355 371 266 425 280 352 345 372",
    ),
    # Its palpebral part: both lids.
    7: _parsed(
        "130 247 30 29 27 28 56 190 243 112 26 22 23 24 110 25",
        "359 467 260 259 257 258 286 414 463 341 256 252 253 254 339 255",
    ),
    # Levator labii superioris alaeque nasi: root, sides and wings of the nose.
    9: _parsed("168 417 465 343 437 355 371 358 327 326 2 97 98 129 142 126 217 114 245 193"),
    # Levator labii superioris: upper lip, and up beside the nose the triangle of the cheek that it pushes
    # upwards. A list without the triangle, ending at 203 and 423, left out where the muscle lies.
    10: _parsed("129 98 97 2 326 327 358 371 266 426 410 409 310 312 13 82 80 185 186 206 36 142"),
    # Zygomaticus minor: the furrow between cheek and upper lip, from the wing of the nose to beside the corner.
    11: _parsed("129 142 36 205 207 216 186 92 165 98", "358 371 266 425 427 436 410 322 391 327"),
    # Zygomaticus major: the corner, and the cheek up along the furrow.
    12: _parsed("78 185 92 206 205 187 214 43 146", "308 409 322 426 425 411 434 273 375"),
    # Buccinator: the corner and the dimple beside it.
    14: _parsed("78 185 186 216 207 214 210 202 43 146", "308 409 410 436 427 434 430 422 273 375"),
    # Depressor anguli oris: the corner, and down to the jaw.
    15: _parsed("78 185 57 212 214 210 211 204 106 91 146", "308 409 287 432 434 430 431 424 335 321 375"),
    # Depressor labii inferioris: from the lower lip's inner edge to the sides of the chin, where it begins.
    16: _parsed("78 95 88 178 87 14 317 402 318 324 308 375 335 424 418 421 200 201 194 204 106 146"),
    # Mentalis: chin, up to the lower lip.
    17: _parsed("106 182 83 18 313 406 335 424 431 262 369 377 152 148 140 32 211 204"),
    # Incisivi labii: lips pursed, the skin around drawn together.
    18: _AROUND_MOUTH,
    # Risorius: lips and the skin beside the corners.
    20: _parsed("212 186 40 37 0 267 270 410 432 422 273 321 314 17 84 91 43 202"),
    # Ring muscle of the mouth: lips turned out like a funnel, the skin around with them.
    22: _AROUND_MOUTH,
    # The same muscle tightens, presses, or lets go of the lips.
    23: _LIPS,
    24: _LIPS,
    25: _LIPS,
    # Jaw lowered: mouth and chin.
    26: _parsed("61 185 40 39 37 0 267 269 270 409 291 424 431 395 400 377 152 148 176 170 211 204"),
    27: _parsed("57 186 40 39 37 0 267 269 270 410 287 432 430 394 378 400 377 152 148 176 149 169 210 212"),
    # Lips sucked in with the skin beside the red.
    28: _AROUND_MOUTH,
    # Lids closed: the eye's opening, and the upper lid to its crease.
    43: _parsed(
        "130 247 30 29 27 28 56 190 243 133 155 154 153 145 144 163 7 33",
        "359 467 260 259 257 258 286 414 463 362 382 381 380 374 373 390 249 263",
    ),
}
