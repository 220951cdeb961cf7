"""Names of datasets that are made from others: the source's name is part of the configuration's."""

from collections.abc import Sequence

# Stands for the slash in the name of a source. No name of a dataset, configuration or disguise holds it.
_FOR_SLASH = "."
# Dataset made from another -> what ends the source's name in the configuration's; "": nothing follows.
_AFTER_SOURCE = {"context": "", "disguised": "-"}
# Between the names of the sources of a merged dataset; nor does any name hold this.
_BETWEEN_SOURCES = "+"
# Datasets made from several others: their subjects bear the names of these already.
_MERGED = ("defi",)


def source_part(source: str) -> str:
    """A dataset's name as it stands in the configuration's name: ``rendered_faces.demo``."""
    return source.replace("/", _FOR_SLASH)


def source_from(part: str) -> str:
    """The dataset's name again: ``rendered_faces/demo``."""
    # Only the first is a slash: what follows it may be a source's name in turn.
    return part.replace(_FOR_SLASH, "/", 1)


def original(dataset: str) -> str:
    """The dataset that the people are from: of ``disguised/rendered_faces.demo-hat`` it is ``rendered_faces/demo``.

    Args:
        dataset: any name; whether there is such a dataset is not asked.
    """
    name, _, config = dataset.partition("/")
    if name not in _AFTER_SOURCE:
        return dataset
    end = _AFTER_SOURCE[name]
    return original(source_from(config.rpartition(end)[0] if end else config))


def sources_part(sources: Sequence[str]) -> str:
    """Several datasets' names as they stand in a configuration's name: ``fer2013+rendered_faces.demo``."""
    return _BETWEEN_SOURCES.join(map(source_part, sources))


def sources_from(part: str) -> list[str]:
    """The datasets' names again; empty text where there is nothing before or after a plus."""
    return [source_from(name) for name in part.split(_BETWEEN_SOURCES)]


def people_of(dataset: str) -> str:
    """Name of the builder whose people are in a dataset: of its twin too."""
    return original(dataset).partition("/")[0]


def subject_prefix(dataset: str) -> str:
    """What stands before a dataset's subjects where they meet those of others: ``fer2013:``.

    Configurations of one dataset hold the same people, so they have the same. Subjects of merged datasets have it
    already, so that nothing is to be put before them.
    """
    people = people_of(dataset)
    return "" if people in _MERGED else f"{people}:"
