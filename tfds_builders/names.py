"""Names of datasets that are made from others: the source's name is part of the configuration's."""

# Stands for the slash in the name of a source. No name of a dataset, configuration or disguise holds it.
_FOR_SLASH = "."
# Dataset made from another -> what ends the source's name in the configuration's; "": nothing follows.
_AFTER_SOURCE = {"context": "", "disguised": "-"}


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
