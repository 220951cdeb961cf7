"""The first layers of networks that were trained on photos with torch."""

import keras

# Mean and deviation of red, green and blue in ImageNet, of values 0..1.
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


def resized(image: keras.KerasTensor, size: int) -> keras.KerasTensor:
    """The picture (B, H, W, 3) as (B, size, size, 3), bilinear, antialiased as ``data.images.resize``."""
    if tuple(image.shape[1:3]) == (size, size):
        return image
    return keras.layers.Resizing(size, size, interpolation="bilinear", antialias=True, name="resize")(image)


def standardised(image: keras.KerasTensor) -> keras.KerasTensor:
    """Values 0..255 as torch's models want them: ImageNet's mean taken off, divided by its deviation."""
    scale = [1 / (255 * deviation) for deviation in DEVIATION]
    offset = [-mean / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True)]
    return keras.layers.Rescaling(scale, offset=offset, name="scale")(image)
