import pytest

from fer_tf import labels


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        ("Angry", "anger"),
        ("happy", "happiness"),
        (" Sad ", "sadness"),
        ("surprise", "surprise"),
        ("Neutral", "neutral"),
    ],
)
def test_words_of_sources_are_mapped(word, emotion):
    assert labels.EMOTIONS[labels.emotion_index(word)] == emotion


@pytest.mark.parametrize("word", ["contempt", "boredom", ""])
def test_other_words_are_unknown(word):
    assert labels.emotion_index(word) == labels.UNKNOWN


def test_vocabularies_have_the_documented_size_and_order():
    assert tuple(sorted(labels.EMOTIONS)) == labels.EMOTIONS
    assert len(labels.EMOTIONS) == 7
    assert len(set(labels.ACTION_UNITS)) == 24
    assert labels.DISGUISES[0] == "none"
