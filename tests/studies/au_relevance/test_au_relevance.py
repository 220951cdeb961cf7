"""The study from its command to its ledger entry, on the smallest network there is."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from fer_tf.explain.summary import FALSE_POSITIVE, MISSED, SCORES, TRUE_POSITIVE
from fer_tf.labels import ACTION_UNITS, unit_names
from fer_tf.models.registry import build
from fer_tf.studies.au_bias.pool import backbone
from fer_tf.studies.au_relevance.groups import OTHER, OWN, group_metrics
from fer_tf.studies.au_relevance.heads import network_with_head
from fer_tf.studies.au_relevance.localisation import MODEL, RANDOM, localisation_metrics
from fer_tf.studies.au_relevance.shortcut import PLAIN, PLANTED, plant, shortcut_metrics
from fer_tf.training.features import split_model
from fer_tf.training.head import HeadOptions, fit_head, head_logits
from fer_tf.training.record import write_json
from tests.explain import slow_lrp as slow

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments):
    command = [sys.executable, "-m", "fer_tf.studies.au_relevance", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    build("vgg_au", weights="none", alpha=0.1, image_size=64, head_width=0.01).save(folder / "model.keras")
    write_json(folder / "run.json", {"labels": unit_names(ACTION_UNITS)})
    return folder


def test_the_command_runs_its_parts_and_records(run_dir, rendered_faces, tmp_path):
    data = ("--dataset=rendered_faces/tiny", f"--data_dir={rendered_faces}", f"--run_dir={run_dir}")
    # Keras's own random weights let nothing through so many layers, and relevance would be undefined.
    convolutions = keras.applications.MobileNetV2((64, 64, 3), include_top=False, weights=None)
    slow.he_random(convolutions).save_weights(tmp_path / "he.weights.h5")
    small = (
        f"--weights={tmp_path / 'he.weights.h5'}",
        "--image_size=64",
        "--head_width=0.01",
        "--epochs=1",
        "--batch_size=8",
    )
    few = ("--images_per_target=2", "--shortcut_images=24", "--parts=localisation,shortcut")
    record = tmp_path / "relevance.json"
    done = run(*data, *small, *few, f"--output_dir={tmp_path}", f"--record={record}")
    assert done.returncode == 0, done.stderr
    entry = json.loads(record.read_text())
    assert 0 <= entry["metrics"]["aus_with_mu_w_over_1_5"] <= 24
    assert entry["metrics"]["shortcut_n"] > 0
    assert 0 <= entry["metrics"]["shortcut_background/planted"] <= 1
    assert set(pd.read_csv(tmp_path / "localisation.csv")["method"]) == {MODEL, RANDOM}
    assert record.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert set(pd.read_csv(tmp_path / "shortcut.csv")["method"]) == {PLANTED, PLAIN}
    before = (tmp_path / "localisation.csv").stat().st_mtime_ns
    again = run(*data, *small, *few, f"--output_dir={tmp_path}", "--parts=localisation")
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines()[:9] == done.stdout.splitlines()[:9]
    assert (tmp_path / "localisation.csv").stat().st_mtime_ns == before, "a finished part is not computed again"
    wrong = run(*data, "--parts=shortcuts")
    assert wrong.returncode == 1
    assert "part 'shortcuts' is unknown: choose of localisation, shortcut, groups" in wrong.stderr


def rows(method, shift=0.0, seed=0, people=20, targets=("AU1", "AU12"), **more):
    random, found = np.random.default_rng(seed), []
    for person in range(people):
        for target in targets:
            for word in (TRUE_POSITIVE, FALSE_POSITIVE, MISSED):
                scores = {score: random.normal(1.4 + shift, 0.1) for score in SCORES}
                groups = dict.fromkeys(("skin_tone", "age_group", "disguise"), "") | {"gender": "female"}
                facts = {
                    "method": method,
                    "target": target,
                    "image_id": f"{person}{target}{word}",
                    "subject_id": f"p{person}",
                    "outcome": word,
                }
                found.append(facts | groups | scores | more)
    return pd.DataFrame(found)


def test_units_count_when_they_beat_chance_and_shuffled_weights():
    ours = pd.concat(
        [rows(MODEL, 1.0, targets=("AU1",)), rows(MODEL, 0.3, targets=("AU12",)), rows(MODEL, targets=("AU4",))]
    )
    random = pd.concat([rows(RANDOM, -0.4, targets=("AU1",)), rows(RANDOM, targets=("AU12", "AU4"))])
    metrics, intervals = localisation_metrics(pd.concat([ours, random]))
    assert metrics["aus_with_mu_w_over_1_5"] == 2
    assert metrics["aus_with_mu_w_over_1_5_and_over_random"] == 1
    assert metrics["mu_w/AU1"] == pytest.approx(2.4, abs=0.1)
    assert intervals["mu_w/AU1"][0] < metrics["mu_w/AU1"] < intervals["mu_w/AU1"][1]
    assert metrics["mu_w/gender/female"] == pytest.approx(metrics["mu_w"])
    assert metrics["random_mu_w/AU1"] == pytest.approx(1.0, abs=0.1)
    assert "false_positive_mu_w" in metrics


def test_the_rise_of_a_shortcut_is_paired():
    plain = rows(PLAIN)
    planted = plain.assign(method=PLANTED, background=plain["background"] + 0.2)
    metrics, intervals = shortcut_metrics(pd.concat([planted, plain]))
    assert metrics["shortcut_background_rise"] == pytest.approx(0.2)
    assert intervals["shortcut_background_rise"] == pytest.approx([0.2, 0.2])
    assert metrics["shortcut_mu_w_rise"] == 0


def test_losses_of_groups():
    maps = []
    for tested, loss in (("female", 0.3), ("male", 0.0)):
        own = rows(OWN, tested=tested)
        maps += [own, own.assign(method=OTHER, mu_w=own["mu_w"] - loss)]
    scores = [
        {"tested": tested, OWN: 0.7 + 0.01 * seed, OTHER: 0.7 + 0.01 * seed - loss}
        for seed in range(3)
        for tested, loss in (("female", 0.1), ("male", 0.0))
    ]
    metrics, intervals = group_metrics(pd.concat(maps), pd.DataFrame(scores))
    assert metrics["f1_loss/female"] == pytest.approx(0.1)
    assert metrics["mu_w_loss/female"] == pytest.approx(0.3)
    assert intervals["mu_w_loss/female"][0] > 0
    assert metrics["mu_w_loss/male"] == 0
    assert metrics["f1_own/male"] == pytest.approx(0.71)


def test_only_the_background_is_planted():
    segments = np.zeros((8, 8, 1), np.uint8)
    segments[2:, 2:6] = 1
    image = np.full((8, 8, 3), 200, np.float32)
    found = plant({"segments": segments}, image)
    np.testing.assert_array_equal(found[3:, 3:5], 200)
    assert (found[0] != 200).all()
    np.testing.assert_allclose(found[0, 0], [212, 212, 152], atol=1e-3)
    np.testing.assert_allclose(found[7, 7], [122, 170, 134], atol=1e-3)
    assert (image == 200).all()


def test_a_head_put_back_answers_as_it_did_on_its_features():
    frozen = backbone("mobilenet_au", 64, "none", pooling="none", alpha=0.35)
    inner, _ = split_model(frozen)
    pictures = np.random.default_rng(0).uniform(0, 255, (16, 64, 64, 3)).astype(np.float32)
    features = inner.predict(pictures, verbose=0)
    options = HeadOptions(head_width=0.01, epochs=1, batch_size=8)
    head = fit_head(features, np.ones((16, 3)), options=options)
    model = network_with_head(frozen, options, head)
    np.testing.assert_allclose(model.predict(pictures, verbose=0), head_logits(head, features), rtol=1e-3, atol=1e-4)
