"""The error of a person, not of the program."""


class InputError(ValueError):
    """What the user gave cannot be used; the message says what to do about it.

    The message is one line: what was expected, what came, what to do.
    """
