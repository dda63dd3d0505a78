//! Makes labelled rooms from a seed: geometry, textures, path-traced photographs, exact and noisy masks.
