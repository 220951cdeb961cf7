"""Makes a small synthetic set of rendered faces, for tests: the real folder, only less of it."""

from pathlib import Path

from fer_tf.synthesis.generate.folder import Folder
from fer_tf.synthesis.generate.plan import Plan, PlanOptions
from fer_tf.synthesis.generate.rendered import RenderedSource
from fer_tf.synthesis.generate.run import make_set

SIZE = 96
# Faces that MTCNN finds in small pictures.
OPTIONS = PlanOptions(seed=1, per_class=1, train_disguises="clear_glasses,beard", test_disguises="turban,make_up")


def write_set(folder: Path) -> Path:
    """Writes train and test with one picture of each emotion, and returns the folder."""
    source = RenderedSource(SIZE)
    plan = Plan(OPTIONS, groups=source.groups)
    make_set(source, plan, Folder(folder, {"source": source.name}), attempts=20)
    return folder
