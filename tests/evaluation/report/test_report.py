"""The report: what it says, that its three forms agree, and text of strangers in it."""

import dataclasses
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from fer_tf.errors import InputError
from fer_tf.evaluation.predictions import Predictions
from fer_tf.evaluation.report.card import markdown_card
from fer_tf.evaluation.report.compare import comparison
from fer_tf.evaluation.report.content import emotion_report
from fer_tf.evaluation.report.view import write_report
from fer_tf.labels import EMOTIONS

ABOUT = {"title": "Audit of a test", "dataset": "made up"}


def predictions(gap=0.5, people=60, seed=0, **groups):
    random = np.random.default_rng(seed)
    subject = np.repeat(np.arange(people), 8)
    truth = random.integers(0, 7, len(subject))
    right = random.random(len(subject)) < 0.85 - gap * (subject % 2)
    answer = np.where(right, truth, (truth + 1) % 7)
    probabilities = np.full((len(subject), 7), 0.05)
    probabilities[np.arange(len(subject)), answer] = 0.7
    columns = {"gender": np.where(subject % 2, "male", "female"), "age_group": np.full(len(subject), "")}
    ids = np.char.add("i", np.arange(len(subject)).astype(str))
    return Predictions(ids, np.char.add("s", subject.astype(str)), truth, probabilities, columns | groups)


def report(found=None, **options):
    return emotion_report(found or predictions(), ABOUT, resamples=200, **options)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.attributes = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)


def test_the_summary_says_who_is_served_badly():
    text = " ".join(report()["summary"])
    assert "People of gender male are served worse: mean class accuracy 0." in text
    assert "female are served worse" not in text
    alike = " ".join(report(predictions(gap=0.0))["summary"])
    assert "No group was found to be served worse" in alike
    assert "no proof that all are served alike" in alike


def test_what_could_not_be_measured_is_said():
    few = report(predictions(people=14))
    assert any("there are too few people to say anything" in sentence for sentence in few["summary"])
    assert few["unknown_groups"] == ["age_group"]
    none = report(dataclasses.replace(predictions(), groups={}))
    assert any("no groups could be compared" in sentence for sentence in none["summary"])


def test_tones_are_also_compared_in_two_bands():
    tones = np.resize(np.repeat([str(tone) for tone in range(1, 11)], 8), 480)
    found = report(predictions(skin_tone=tones))
    bands = {row["group"]: row["n"] for row in found["groups"] if row["column"] == "tone_band"}
    assert bands["light"] == 8 * sum(int(tone) <= 5 for tone in tones[::8])
    assert set(bands) == {"light", "dark"}


def test_json_page_and_card_say_the_same(tmp_path):
    found = report()
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again == found
    page = Page(write_report(found, tmp_path / "report.html").read_text())
    text, card = " ".join(page.text), markdown_card(found)
    rows = [row for row in found["groups"] if row["metric"] == found["main_metric"]]
    assert len(rows) >= 2
    for row in rows:
        for place in (text, card.replace("\\", "")):
            assert f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]" in place
    for sentence in found["summary"]:
        assert sentence in text
        assert sentence in card.replace("\\", "")


def test_the_page_needs_nothing_from_outside(tmp_path):
    text = write_report(report(), tmp_path / "report.html").read_text()
    page = Page(text)
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    addresses = [value for name, value in page.attributes if name in ("src", "href")]
    assert addresses
    assert all(value.startswith(("#", "data:")) for value in addresses)
    assert "default-src 'none'" in text
    assert page.tags.count("script") == 1


def test_every_chart_says_in_words_what_it_shows(tmp_path):
    text = write_report(report(), tmp_path / "report.html").read_text()
    charts = re.findall(r"<svg .*?</svg>", text, re.DOTALL)
    assert len(charts) >= 3
    for chart in charts:
        assert 'role="img"' in chart
        assert re.search(r"<title [^>]*>[^<]{3,}</title><desc [^>]*>[^<]{20,}</desc>", chart)
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_the_same_predictions_give_the_same_bytes(tmp_path):
    pages = [write_report(report(), tmp_path / f"{number}.html").read_bytes() for number in range(2)]
    assert pages[0] == pages[1]


def test_text_of_strangers_stays_text(tmp_path):
    evil = '<img src=x onerror=alert(1)>"|`'
    groups = np.where(np.arange(480) % 16 < 8, evil, "b")
    found = report(predictions(gender=groups))
    found["about"]["title"] = evil
    page = Page(write_report(found, tmp_path / "report.html").read_text())
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert evil in " ".join(page.text)
    card = markdown_card(found)
    assert "<img" not in card.replace("\\<img", "")
    lines = [line for line in card.splitlines() if line.startswith("|") and "onerror" in line]
    assert lines
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines if "served" not in line}) <= 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda p: dataclasses.replace(p, probabilities=p.probabilities * 2),
            r"a probability of i0 is 1\.4: expected 0",
        ),
        (
            lambda p: dataclasses.replace(p, probabilities=p.probabilities / 2),
            r"the probabilities of i0 sum to 0\.500: expected 1, give softmax outputs",
        ),
        (lambda p: p.rows(np.array([0, 1, 1])), r"image_id i1 is there 2 times: expected every image once"),
        (lambda p: p.rows(np.zeros(0, int)), r"the predictions are empty: expected a row for each image"),
        (
            lambda p: dataclasses.replace(p, probabilities=np.where(np.arange(7) == 3, np.nan, p.probabilities)),
            r"a probability of i0 is nan: expected 0\.\.1",
        ),
    ],
)
def test_wrong_predictions_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        report(change(predictions()))


def test_a_column_of_one_value_is_compared_with_nothing():
    found = report(predictions(gender=np.full(480, "female")))
    (row,) = [row for row in found["groups"] if row["metric"] == "accuracy"]
    assert (row["difference"], row["verdict"]) == (None, "")


def test_models_are_compared_on_the_images_that_both_have():
    before, after = predictions(gap=0.5, seed=1), predictions(gap=0.0, seed=1)
    order = np.random.default_rng(0).permutation(480)[:400]
    found = comparison(before, after.rows(order), ("old", "new"), resamples=300)
    rows = {row["group"]: row for row in found["rows"]}
    assert rows["all"]["n"] == 400
    assert rows["male"]["found"] == "higher"
    assert rows["female"]["found"] == "no change found"
    for row in rows.values():
        assert row["change"] == pytest.approx(row["after"] - row["before"])
    assert "Higher for gender male" in found["text"]
    same = comparison(before, before, ("a", "b"), resamples=100)
    assert {row["change"] for row in same["rows"]} == {0.0}
    assert {row["found"] for row in same["rows"]} == {"no change found"}


def test_predictions_of_other_images_or_labels_are_not_compared():
    before = predictions()
    other = dataclasses.replace(before, image_id=np.char.add("x", before.image_id))
    with pytest.raises(InputError, match=r"share no image: one has i0, the other xi0"):
        comparison(before, other, ("a", "b"))
    wrong = dataclasses.replace(before, truth=(before.truth + 1) % 7)
    first = EMOTIONS[before.truth[0]]
    with pytest.raises(InputError, match=rf"image i0 is {first} in one of the predictions and .* in the other"):
        comparison(before, wrong, ("a", "b"))
