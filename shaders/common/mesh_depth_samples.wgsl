// The camera's depth buffer with several samples a pixel: the first one speaks for all.
@group(0) @binding(1) var mesh_depth: texture_depth_multisampled_2d;
fn mesh_depth_at(px: vec2<u32>) -> f32 { return textureLoad(mesh_depth, px, 0); }
