"""Array kernels: they import numpy, scipy and numba, and no other room."""
