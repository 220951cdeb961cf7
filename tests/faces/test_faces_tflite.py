import importlib.util
import threading
from pathlib import Path

import numpy as np
import pytest

from fer_tf.faces.tflite import BundledNetwork, bundled_file, open_interpreter

FILE = "face_detection_short_range.tflite"


@pytest.fixture(scope="module")
def images():
    return list(np.random.default_rng(0).uniform(-1, 1, (5, 128, 128, 3)).astype(np.float32))


@pytest.fixture(scope="module")
def expected(images):
    """Of one interpreter, one image after the other."""
    interpreter = open_interpreter(bundled_file(FILE).read_bytes())
    interpreter.allocate_tensors()
    results = []
    for image in images:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image[None])
        interpreter.invoke()
        results.append([interpreter.get_tensor(detail["index"])[0] for detail in interpreter.get_output_details()])
    return results


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_results_come_in_order_and_depend_on_their_image_alone(images, expected, threads):
    results = BundledNetwork(FILE, threads).map(lambda network, image: network(image), images)
    assert [part.shape for part in results[0]] == [(896, 16), (896, 1)]
    for result, wanted in zip(results, expected, strict=True):
        for part, other in zip(result, wanted, strict=True):
            np.testing.assert_array_equal(part, other)


def test_the_networks_are_those_of_mediapipe():
    package = Path(importlib.util.find_spec("mediapipe").origin).parent / "modules"
    theirs = {path.name: path for path in package.rglob("*.tflite")}
    ours = sorted(bundled_file("").glob("*.tflite"))
    assert len(ours) == 4
    for path in ours:
        assert path.read_bytes() == theirs[path.name].read_bytes()


def test_tensorflow_gives_the_same(images, expected):
    import tensorflow as tf

    with pytest.warns(UserWarning, match="tf.lite.Interpreter is deprecated"):
        interpreter = tf.lite.Interpreter(model_content=bundled_file(FILE).read_bytes())
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], images[0][None])
    interpreter.invoke()
    for detail, part in zip(interpreter.get_output_details(), expected[0], strict=True):
        np.testing.assert_allclose(interpreter.get_tensor(detail["index"])[0], part, rtol=1e-4, atol=1e-4)


def test_results_are_copies(images, expected):
    first, _ = BundledNetwork(FILE, 1).map(lambda network, image: network(image), images[:2])
    np.testing.assert_array_equal(first[0], expected[0][0])


def test_two_images_are_looked_at_side_by_side_and_not_three(images):
    network, inside, together = BundledNetwork(FILE, 2), [], []
    meet = threading.Barrier(2, timeout=60)

    def work(_, image):
        inside.append(image)
        together.append(len(inside))
        meet.wait()  # passes in pairs only
        inside.pop()

    assert network.map(work, images[:4]) == [None] * 4
    assert max(together) == 2


def test_callers_share_a_network(images, expected):
    network, results = BundledNetwork(FILE, 1), {}

    def call(number):
        results[number] = network.map(lambda run, image: run(image)[0], images)

    callers = [threading.Thread(target=call, args=(number,)) for number in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    for number in range(3):
        np.testing.assert_array_equal(np.array(results[number]), [wanted[0] for wanted in expected])


def test_an_error_comes_through_and_leaves_the_network_usable(images):
    network = BundledNetwork(FILE, 2)

    def fail(_, item):
        raise KeyError(item)

    with pytest.raises(KeyError):
        network.map(fail, range(6))
    assert len(network.map(lambda run, image: run(image), images)) == 5


def test_nothing_to_do_opens_nothing():
    assert BundledNetwork("no/such/file.tflite").map(lambda network, item: item, []) == []


def test_a_missing_file_is_named_each_time():
    network = BundledNetwork("no/such/file.tflite", 1)
    for _ in range(2):
        with pytest.raises(FileNotFoundError, match="no/such/file"):
            network.map(lambda network, item: item, [1])


def test_threads_are_kept(images):
    network = BundledNetwork(FILE, 2)
    seen = [set(network.map(lambda _, image: threading.get_ident(), images)) for _ in range(5)]
    assert len(set.union(*seen)) <= 2
