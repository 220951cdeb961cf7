"""What speaks against a prediction, as far as it was measured."""

from fer_tf.explain.narrative.cues import BY_NAME, CUES
from fer_tf.explain.narrative.facts import Facts
from fer_tf.explain.narrative.words import listed, percent, plain

# The model itself is not sure below this, or when the next emotion is as close as that.
UNSURE, CLOSE = 0.5, 0.15
# A place less likely than this is not named.
PLACE_KNOWN = 0.3
# Pixels and degrees: below and beyond, model and mesh see less. Rendered faces are drawn up to 30 degrees.
SMALL, TURNED = 48, 25


def doubts(facts: Facts) -> list[str]:
    """Clauses, the model's own first; empty when nothing that was measured speaks against the prediction."""
    if facts.probabilities is None:
        return []
    return [*_of_model(facts), *_of_cues(facts), *_of_streams(facts), *_of_picture(facts)]


def _of_model(facts: Facts) -> list[str]:
    found, (first, *rest) = [], facts.ranked
    if first[1] < UNSURE:
        found.append(f"the model gives {first[0]} only {percent(first[1])}")
    if rest and first[1] - rest[0][1] < CLOSE:
        found.append(f"{rest[0][0]} is a close second with {percent(rest[0][1])}")
    return found


def _of_cues(facts: Facts) -> list[str]:
    if facts.cues is None:
        return ["no mesh was found on the face, so no facial cue could be measured"]
    emotion = facts.ranked[0][0]
    found = []
    for reading in facts.named:
        cue = BY_NAME[reading.cue]
        if cue.emotions and emotion not in cue.emotions:
            found.append(f"what looks like {cue.words} goes rather with {listed(cue.emotions, 'or')}")
    measured = {reading.cue for reading in facts.cues}
    expected = [cue for cue in CUES if emotion in cue.emotions and cue.name in measured]
    if expected and not {cue.name for cue in expected} & {reading.cue for reading in facts.named}:
        words = listed([cue.words for cue in expected], "or")
        found.append(f"nothing was found that looks like {words}, which would go with {emotion}")
    return found


def _of_streams(facts: Facts) -> list[str]:
    found = []
    emotion = facts.ranked[0][0]
    for stream, other in (facts.without or {}).items():
        best = max(other, key=other.get)
        if best != emotion:
            found.append(f"without the {plain(stream)} the model would read {best}")
    return found


def _of_picture(facts: Facts) -> list[str]:
    found = []
    if facts.place is not None and facts.place.probability < PLACE_KNOWN:
        found.append(f"the place is unclear (at best {percent(facts.place.probability)} for one category)")
    if facts.height is not None and facts.height < SMALL:
        found.append(f"the face is small ({facts.height:.0f} pixels high)")
    if facts.turned is not None and facts.turned > TURNED:
        found.append(f"the head is turned by about {facts.turned:.0f} degrees")
    if facts.disguise:
        found.append(f"the metadata names a disguise ({plain(facts.disguise)}), which may hide features")
    return found
