"""From facts to a structured story and a paragraph of hedged English."""

from fer_tf.explain.narrative.cues import BY_NAME
from fer_tf.explain.narrative.doubts import PLACE_KNOWN, doubts
from fer_tf.explain.narrative.facts import Facts
from fer_tf.explain.narrative.words import listed, percent, plain

CAUTION = "Expressions are not feelings: this says how a model reads a picture, not what the person feels."
_ATTRIBUTES = 3


def story(facts: Facts) -> dict:
    """Everything that is known of a face, as plain JSON values.

    Args:
        facts: of one face, or of a picture without one.

    Returns:
        ``image``, ``face``, ``faces``, ``text`` and, only where they are known: ``emotion``, ``probability``,
        ``second``, ``probabilities``, ``cues`` (all that were measured), ``turned``, ``height``, ``person``,
        ``place``, ``streams``, ``disguise``, ``against``.
    """
    told = {"image": facts.image, "face": facts.face, "faces": facts.faces}
    if facts.probabilities is not None:
        (emotion, probability), *rest = facts.ranked
        told |= {"emotion": emotion, "probability": _number(probability)}
        told |= {"second": rest[0][0]} if rest else {}
        told["probabilities"] = {name: _number(value) for name, value in facts.probabilities.items()}
    if facts.cues is not None:
        told["cues"] = [_cue(reading) for reading in facts.cues]
    if facts.without:
        told["streams"] = {
            "drops": {name: _number(drop) for name, drop in facts.drops.items()},
            "carried": facts.carried or "none alone",
        }
    told |= _known(turned=facts.turned and round(facts.turned, 1), height=facts.height and round(facts.height, 1))
    told |= _known(disguise=facts.disguise and plain(facts.disguise), person=_person(facts), place=_place(facts))
    if facts.probabilities is not None:
        told["against"] = doubts(facts)
    return told | {"text": text(facts)}


def text(facts: Facts) -> str:
    """The same as a paragraph on one line; what is not known is not mentioned."""
    if facts.probabilities is None:
        return "No face was found in the picture, so nothing is said of one."
    parts = [_reading(facts), _seen(facts), _who(facts), _where(facts), _why(facts), _against(facts), CAUTION]
    return " ".join(part for part in parts if part)


def _reading(facts: Facts) -> str:
    first, *rest = facts.ranked
    of = f"Face {facts.face} of {facts.faces}, from left to right: the" if facts.faces > 1 else "The"
    second = f", before {rest[0][0]} with {percent(rest[0][1])}" if rest else ""
    return f"{of} model reads {first[0]} with {percent(first[1])}{second}."


def _seen(facts: Facts) -> str:
    if facts.cues is None:
        return ""
    if not facts.named:
        return "None of the facial cues that can be measured differs enough from a neutral face to be named."
    said = [
        f"{BY_NAME[reading.cue].words} ({'' if reading.clear else 'faint, '}{reading.value:+.1f} spreads from neutral)"
        for reading in facts.named
    ]
    return f"In the geometry of the face there is what looks like {listed(said)}."


def _who(facts: Facts) -> str:
    person = _person(facts)
    if person is None:
        return ""
    said = [person["gender"]] if "gender" in person else []
    if "age_group" in person:
        said.append(f"aged {person['age_group']}" if person["age_group"][0].isdigit() else person["age_group"])
    source = "the metadata" if person["source"] == "metadata" else f"the plug-in {person['source']}"
    return f"According to {source} the person is {listed(said)}."


def _where(facts: Facts) -> str:
    place = facts.place
    if not facts.surroundings:
        return "The picture shows little beside the face, so nothing is said of the surroundings."
    if place is None or place.probability < PLACE_KNOWN:
        return ""
    side = {True: ", indoors", False: ", outdoors", None: ""}[place.indoor]
    more = [plain(word) for word in place.attributes[:_ATTRIBUTES]]
    with_ = f", with attributes like {listed(more)}" if more else ""
    return f"The place looks like {plain(place.category)} ({percent(place.probability)}){side}{with_}."


def _why(facts: Facts) -> str:
    if not facts.drops:
        return ""
    emotion = facts.ranked[0][0]
    taken = listed([f"the {plain(name)} by {100 * drop:+.0f}" for name, drop in _signed(facts.drops).items()])
    carried = f"the {plain(facts.carried)} carried the decision" if facts.carried else "no stream alone carried it"
    return f"Taking a stream away changes the probability of {emotion}, in points: {taken}; {carried}."


def _signed(drops: dict[str, float]) -> dict[str, float]:
    """Drops as changes, without a minus before zero."""
    return {name: -drop if abs(drop) >= 0.005 else 0.0 for name, drop in drops.items()}


def _against(facts: Facts) -> str:
    found = doubts(facts)
    if not found:
        return "Nothing that was measured speaks against it."
    return f"What speaks against it: {'; '.join(found)}."


def _cue(reading) -> dict:
    return {
        "name": reading.cue,
        "present": reading.present,
        "spreads_from_neutral": _number(reading.value),
        "threshold": _number(reading.threshold),
        "shown_by": BY_NAME[reading.cue].shown_by,
        "measured": _number(reading.size),
        "neutral": _number(reading.neutral),
    }


def _person(facts: Facts) -> dict | None:
    if facts.person is None:
        return None
    words = {name: plain(getattr(facts.person, name) or "") for name in ("gender", "age_group")}
    known = {name: word for name, word in words.items() if word}
    return known | {"source": plain(facts.person.source)} if known else None


def _place(facts: Facts) -> dict | None:
    if facts.place is None or not facts.surroundings:
        return None
    place = facts.place
    told = {"category": plain(place.category), "probability": _number(place.probability)}
    told |= {"attributes": [plain(word) for word in place.attributes]} if place.attributes else {}
    return told | _known(indoor=place.indoor)


def _known(**values) -> dict:
    return {name: value for name, value in values.items() if value is not None}


def _number(value: float) -> float:
    return round(float(value), 4)
