"""Array kernels: numpy and numba only, nothing of ours above them."""
