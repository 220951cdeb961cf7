"""The process in which iNNvestigate runs: ``python worker.py FD MEMORY``, started by ``analyser``.

It needs Keras 2, which replaces ``tf.keras`` in the whole process (TF_USE_LEGACY_KERAS=1, set by whoever starts it), so
it gets a process of its own and imports nothing of this project. Messages are JSON and arrays without pickles.
"""

import contextlib
import io
import json
import resource
import sys
import time
from multiprocessing.connection import Connection


def send(connection: Connection, facts: dict, arrays=()) -> None:
    """Sends facts, then arrays."""
    import numpy as np

    connection.send_bytes(json.dumps(facts | {"arrays": len(arrays)}).encode())
    for array in arrays:
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        connection.send_bytes(buffer.getbuffer())


def receive(connection: Connection) -> tuple[dict, list]:
    """Receives what ``send`` sent."""
    import numpy as np

    facts = json.loads(connection.recv_bytes())
    return facts, [np.load(io.BytesIO(connection.recv_bytes()), allow_pickle=False) for _ in range(facts["arrays"])]


def main(descriptor: int, memory: int) -> None:
    """Builds the network that comes first, then explains what follows until the pipe closes."""
    # Data and anonymous mappings: what TensorFlow maps of its own files is not counted.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    connection = Connection(descriptor)
    facts, weights = receive(connection)

    import innvestigate
    import tensorflow as tf

    with tf.Graph().as_default():
        layers = tf.keras.layers
        rows = [{name: tuple(v) if isinstance(v, list) else v for name, v in row.items()} for row in facts["layers"]]
        row = [getattr(layers, options.pop("kind"))(**options) for options in rows]
        network = tf.keras.Sequential([layers.InputLayer(facts["shape"]), *row])
        network.set_weights(weights)
        options = {"neuron_selection_mode": "index"} | facts["options"]
        analyzer = innvestigate.create_analyzer(facts["analyzer"], network, **options)
        send(connection, {"ready": True})
        while True:
            facts, (images,) = receive(connection)
            start = time.perf_counter()
            relevance = [analyzer.analyze(images, target) for target in facts["targets"]]
            send(connection, {"seconds": time.perf_counter() - start}, relevance)


if __name__ == "__main__":
    with contextlib.suppress(EOFError):  # whoever asked is gone
        main(*map(int, sys.argv[1:]))
