//! GPU stages against their CPU twins: tight inside, with a bounded share of flips where the rules are discontinuous
//! (alpha < 1/255, saturation). Every adapter code path is walked: subgroups or one lane, textures or buffers.

mod codes;
mod densify;
mod hostile_rows;
mod lift;
mod mcmc;
mod neighbours;
mod pick;
mod planes;
mod smoothing;
mod step;
