//! Training: initialisation, the step, strategies, run folders.
