"""Reads what stands beside a picture; the folder may come from anybody."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fer_tf.errors import InputError
from fer_tf.labels import ACTION_UNITS, AGE_GROUPS, DISGUISES, GENDERS, SKIN_TONES

_LONGEST = 1_000_000  # bytes; a rendered picture has 10,000
_LONGEST_TEXT = 200
# Field -> words, whose position is stored.
_WORDS = {"gender": GENDERS, "age_group": AGE_GROUPS, "disguise": DISGUISES}


def read_labels(path: Path, emotion: str) -> dict[str, Any]:
    """Labels of a picture.

    Args:
        path: the JSON file; without it nothing is known but the emotion.
        emotion: word of ``labels.EMOTIONS`` that the picture's folder has; the file must say the same.

    Returns:
        Fields for ``record.make_record``: ``disguise``, groups, ``subject_id`` and ``action_units``, those
        that the file knows.

    Raises:
        InputError: with the reason why it cannot be used.
    """
    if not path.is_file():
        return {}
    facts = _read(path)
    if facts.get("emotion", emotion) != emotion:
        raise InputError(f"{path.name} says emotion {_short(facts['emotion'])}, the folder {emotion}")
    known = {field: _word(facts, field, words, path) for field, words in _WORDS.items() if facts.get(field) is not None}
    if facts.get("skin_tone") is not None:
        tone = facts["skin_tone"]
        if type(tone) is not int or tone not in SKIN_TONES:
            raise InputError(f"{path.name}: skin_tone: expected {SKIN_TONES[0]}..{SKIN_TONES[-1]}, came {_short(tone)}")
        known["skin_tone"] = tone
    if facts.get("subject_id") is not None:
        subject = facts["subject_id"]
        if not isinstance(subject, str) or len(subject) > _LONGEST_TEXT or not subject.isprintable():
            raise InputError(f"{path.name}: subject_id: expected a short text, came {_short(subject)}")
        known["subject_id"] = subject
    details = facts.get("details")
    if isinstance(details, dict) and details.get("action_units") is not None:
        known["action_units"] = _action_units(details["action_units"], path)
    return known


def _read(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _LONGEST:
        raise InputError(f"{path.name} has more than {_LONGEST:,} bytes")
    try:
        facts = json.loads(path.read_bytes().decode("utf-8"))
    # RecursionError: brackets in brackets.
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is not JSON ({type(error).__name__})") from error
    if not isinstance(facts, dict):
        raise InputError(f"{path.name}: expected names and values, came {type(facts).__name__}")
    return facts


def _word(facts: Mapping[str, Any], field: str, words: tuple[str, ...], path: Path) -> int:
    if facts[field] not in words:
        raise InputError(f"{path.name}: {field}: expected one of {', '.join(words)}, came {_short(facts[field])}")
    return words.index(facts[field])


def _action_units(units: Any, path: Path) -> np.ndarray:
    """float32 (24,), 0 for units that are not named."""
    names = {str(unit): index for index, unit in enumerate(ACTION_UNITS)}
    intensities = np.zeros(len(ACTION_UNITS), np.float32)
    for unit, value in units.items() if isinstance(units, dict) else [("", units)]:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if unit not in names or not is_number or not 0 <= value <= 1:
            raise InputError(
                f"{path.name}: action_units: expected numbers of units with 0..1, came {_short({unit: value})}"
            )
        intensities[names[unit]] = value
    return intensities


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
