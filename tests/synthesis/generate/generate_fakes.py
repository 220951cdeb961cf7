"""A source and a detector that cost nothing, for the tests of this folder."""

import numpy as np

from fer_tf.faces.face import Face
from fer_tf.synthesis.disguise.photo import Refused

SIZE = 24


class FakeSource:
    """Grey pictures by their seed; refuses and dies when told to, and notes what it was asked."""

    name, groups, needs_references, keeps_person = "fake", (), False, False

    def __init__(self, refuses=(), dies_after=None, groups=()):
        self.refuses, self.dies_after, self.groups, self.asked = refuses, dies_after, groups, []

    def images(self, requests, references):
        self.references = list(references)
        results = []
        for request in requests:
            if len(self.asked) == self.dies_after:
                raise KeyboardInterrupt
            self.asked.append(request.path)
            picture = np.full((SIZE, SIZE, 3), request.seed % 251, np.uint8)
            results.append(Refused("too plain") if request.name in self.refuses else picture)
        return results

    def settings(self):
        return {"grey": True}

    def details(self, request):
        return {"shade": request.seed % 251}


def face(size=SIZE):
    return Face((2.0, 2.0, size - 4.0, size - 4.0), 0.99, {})


def one_face_each(images, **_):
    """In the place of ``detect_faces``."""
    return [[face()] for _ in images]
