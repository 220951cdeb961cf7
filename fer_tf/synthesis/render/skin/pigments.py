"""What colours skin: pigments in it, which let the rest through, and paint on it, which hides it."""

import numba
import numpy as np

from fer_tf.synthesis.render.skin.texture_space import SHAPE

Colour = tuple[float, float, float]

# What a unit of a pigment takes of red, green and blue (natural logarithms).
BLOOD = (0.06, 0.85, 0.70)
MELANIN = (0.55, 0.95, 1.20)
SHADE = (0.85, 1.05, 1.10)  # light that skin scatters back in hollows is reddish


class Absorption:
    """Pigments over pigments: their logarithms add up, so their order does not matter."""

    def __init__(self, kinds: int, ground: np.ndarray) -> None:
        """Start from a plain ground.

        Args:
            kinds: how many kinds of pigment there is to be room for.
            ground: linear RGB (3,) above 0 of what lies under all pigments.
        """
        self._amounts = np.zeros((kinds + 1, *SHAPE), np.float32)
        self._amounts[0] = 1.0
        self._colours: list[Colour] = [tuple(-np.log(ground))]

    def add(self, texture: np.ndarray, colour: Colour, strength: float) -> None:
        """Add a pigment.

        Args:
            texture: float32 (HEIGHT, WIDTH), how much lies where.
            colour: what a unit takes of red, green and blue.
            strength: factor on the amount; a negative one lightens.
        """
        if colour not in self._colours:
            self._colours.append(colour)
        _add_scaled(self._amounts[self._colours.index(colour)], texture, np.float32(strength))

    def albedo(self) -> np.ndarray:
        """What is left of the light, linear RGB float32 (HEIGHT, WIDTH, 3)."""
        count = len(self._colours)
        taken = self._amounts[:count].reshape(count, -1).T @ -np.float32(self._colours)
        return np.exp(taken, out=taken).reshape(*SHAPE, 3)


@numba.njit(cache=True)
def _add_scaled(total, texture, strength):
    for row in range(texture.shape[0]):
        for column in range(texture.shape[1]):
            total[row, column] += texture[row, column] * strength


def cover(albedo: np.ndarray, texture: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Lay an opaque colour over the skin.

    Args:
        albedo: float32 (HEIGHT, WIDTH, 3), changed in place.
        texture: float32 (HEIGHT, WIDTH) 0..1, where it covers how far.
        colour: linear RGB (3,), or one for each pixel.

    Returns:
        ``albedo``.
    """
    place = rows_of(texture)
    colours = np.broadcast_to(np.asarray(colour, np.float32), albedo.shape)
    _lay(albedo[place], texture[place], colours[place])
    return albedo


@numba.njit(cache=True)
def _lay(albedo, texture, colours):
    for row in range(texture.shape[0]):
        for column in range(texture.shape[1]):
            share = texture[row, column]
            if share == 0:
                continue
            for channel in range(3):
                before = albedo[row, column, channel]
                albedo[row, column, channel] = before + share * (colours[row, column, channel] - before)


def rows_of(texture: np.ndarray, margin: int = 0) -> slice:
    """The rows in which a float32 map is not 0, and ``margin`` more on either side; may be empty."""
    first, end = _rows_of(texture.view(np.int32))
    return slice(max(0, first - margin), min(len(texture), end + margin)) if end else slice(0, 0)


@numba.njit(cache=True)
def _rows_of(bits):
    """First row with anything in it and the one after the last; (0, 0) where there is none."""
    first, end = 0, 0
    for row in range(bits.shape[0]):
        # All bits at once: unlike a comparison of each value this is done several at a time.
        found = np.int32(0)
        for column in range(bits.shape[1]):
            found |= bits[row, column]
        if found != 0:
            first = row if end == 0 else first
            end = row + 1
    return first, end
