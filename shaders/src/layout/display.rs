//! The picture of a frame, and picks in it.

/// View depth of a pixel with nothing in front of which splats would have to end.
pub const NO_LIMIT: f32 = 3.0e38;
/// Show colour.
pub const DISPLAY_RGB: u32 = 0;
/// Show class colours.
pub const DISPLAY_CLASSES: u32 = 1;
/// Show colour tinted by class.
pub const DISPLAY_OVERLAY: u32 = 2;
/// Show depth.
pub const DISPLAY_DEPTH: u32 = 3;
/// Show the probability of the winning class.
pub const DISPLAY_CONFIDENCE: u32 = 4;
/// Show the entropy of the class probabilities.
pub const DISPLAY_ENTROPY: u32 = 5;
/// Show the surface's normals.
pub const DISPLAY_NORMALS: u32 = 6;
/// Depths that a shown normal is fitted to, along x and along y; odd.
pub const NORMAL_SAMPLES: u32 = 5;
/// Pixels between two of them.
pub const NORMAL_STEP_PX: u32 = 2;
/// Share of the depth by which a depth may differ before it counts less for a normal.
pub const NORMAL_REACH: f32 = 0.03;
/// Splats stay Gaussians.
pub const FORM_GAUSSIANS: u32 = 0;
/// Splats become discs of one size.
pub const FORM_POINTS: u32 = 1;
/// Splats become solid ellipsoids.
pub const FORM_ELLIPSOIDS: u32 = 2;
/// How much darker an ellipsoid is at its rim.
pub const ELLIPSOID_SHADE: f32 = 0.55;
/// Pixels along each side of the square of them whose light a pick looks at.
pub const PICK_SAMPLES: u32 = 5;
/// Times that a pick fits a plane, each time to the light from near the one before.
pub const PICK_ROUNDS: u32 = 4;
/// How near, as a share of the depth. Measured on two scans: 0.02 to 0.04 are alike, 0.06 bends planes round corners.
pub const PICK_REACH: f32 = 0.03;

crossing! {
    /// How the picture of a frame is made from forward's buffers.
    pub struct DisplayUniforms {
        /// Image size in pixels.
        pub size_px: [u32; 2],
        /// Class channels C.
        pub channels: u32,
        /// Column to highlight, or `NO_COUNTER`.
        pub highlight: u32,
        /// Background colour and how much of what the camera drew before it hides.
        pub background: [f32; 4],
        /// Overlay strength 0..1.
        pub overlay: f32,
        /// View depth shown as the near end of the depth ramp.
        pub depth_near: f32,
        /// View depth shown as the far end of the depth ramp.
        pub depth_far: f32,
        /// 1: perspective. 0: orthographic, `focal` is then pixels per world unit.
        pub perspective: f32,
        /// Clip depth of a view depth z: (x z + y) / (z z + w).
        pub clip_depth: [f32; 4],
        /// fx, fy in pixels.
        pub focal: [f32; 2],
        /// cx, cy in pixels, centres at +0.5.
        pub principal: [f32; 2],
        /// The view's axes (OpenCV) in world space; w unused.
        pub axes: [[f32; 4]; 3],
    }

    /// What a camera asks of one cloud's splats between Project and Sort.
    pub struct RestyleUniforms {
        /// Row stride of the cloud's planes.
        pub row_capacity: u32,
        /// First plane of the cloud's logits.
        pub first_plane: u32,
        /// Class channels that have factors; 0: no class has one.
        pub channels: u32,
        /// Place of the cloud's first row in the lists.
        pub first_row: u32,
        /// Image size in pixels.
        pub size_px: [u32; 2],
        /// What splats are drawn as, a `FORM_*` constant.
        pub form: u32,
        /// Points: radius in pixels. Ellipsoids: alpha at which a Gaussian's ellipsoid ends. Gaussians: 1.
        pub size: f32,
    }

    /// From a camera's depth buffer to the depths at which splats end.
    pub struct LimitUniforms {
        /// Image size in pixels.
        pub size_px: [u32; 2],
        /// Unused.
        pub pad: [u32; 2],
        /// The viewport in the depth buffer: x, y, width, height in pixels.
        pub viewport_px: [f32; 4],
        /// Clip depth of a view depth z: (x z + y) / (z z + w).
        pub clip_depth: [f32; 4],
    }

    /// From one cloud's class channels to those of a scene of several clouds.
    pub struct SharedChannelUniforms {
        /// Row stride of the cloud's planes.
        pub row_capacity: u32,
        /// First plane of the cloud's logits.
        pub first_plane: u32,
        /// The cloud's class channels.
        pub own_channels: u32,
        /// Row stride of the scene's planes.
        pub scene_capacity: u32,
        /// Place of the cloud's first row in the scene.
        pub first_row: u32,
        /// Class channels of the scene.
        pub channels: u32,
        /// What the scene's channels hold, an `OBJECTIVE_*` constant.
        pub objective: u32,
        /// Unused.
        pub pad: u32,
    }

    /// A pick request.
    pub struct PickUniforms {
        /// Pixel.
        pub pixel: [u32; 2],
        /// Image size in pixels.
        pub size_px: [u32; 2],
        /// Tiles along x.
        pub tiles_x: u32,
        /// Class channels C.
        pub channels: u32,
        /// What the payload holds, an `OBJECTIVE_*` constant.
        pub objective: u32,
        /// 1: what lies behind the pixel's depth limit is hidden.
        pub is_limited: u32,
    }

    /// A pick's answer.
    pub struct PickResult {
        /// Row with the largest blending weight, or `NO_COUNTER` where nothing is hit.
        pub row: u32,
        /// View depth of the surface: the plane that most light of the pixels around comes from.
        pub depth: f32,
        /// The row's share in the pixel.
        pub weight: f32,
        /// Share of the pixel that is covered.
        pub coverage: f32,
        /// The most probable class columns, best first; `NO_COUNTER` where there are fewer. The fourth is unused.
        pub columns: [u32; 4],
        /// Softmax probabilities of `columns`.
        pub probabilities: [f32; 4],
        /// View depth of that plane a pixel to the left, right, above and below.
        pub around: [f32; 4],
    }
}
