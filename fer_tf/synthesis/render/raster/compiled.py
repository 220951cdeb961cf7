"""How the loops over pixels are compiled."""

from numba import njit

# For functions that allocate nothing: without it each call would count references to its arrays, atomically.
_NO_REFERENCES = {"_nrt": False, "forceinline": True}
# A division by zero gives infinity, as in numpy; a check for it would cost more than the division.
exact = njit(cache=True, error_model="numpy")
"""Compiles a function that may allocate; sums keep their order, so plain float32 code gives the same."""
exact_leaf = njit(cache=True, error_model="numpy", **_NO_REFERENCES)
"""The same for a function that allocates nothing."""
leaf = njit(cache=True, error_model="numpy", fastmath=True, **_NO_REFERENCES)
"""Compiles a function that allocates nothing; sums may be taken in any order."""
