//! The only home of wgpu: device, buffers, recorder and one pass per stage.
