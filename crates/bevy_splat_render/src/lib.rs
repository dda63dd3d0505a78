//! Semantic splat clouds in Bevy: asset, components, GPU buffers as resources, display passes.
