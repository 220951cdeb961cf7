#!/bin/sh
# Prints a Python that the locked packages run on, or says what is missing.
for candidate in ${PYTHON:-} python3.11 python3 python; do
    version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if [ "$version" = 3.11 ]; then
        command -v "$candidate"
        exit 0
    fi
done
echo "error: Python 3.11 was not found: install it, or name it with make PYTHON=/path/to/python3.11" >&2
exit 1
