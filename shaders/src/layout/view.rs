//! A view: where it stands, how it was exposed, what project and sort need of it.

/// Rows that one lane of the pose's sums walks.
pub const POSE_RUN: u32 = 64;
/// Lanes that sum the runs, for rotation and for translation.
pub const POSE_LANES: u32 = 64;
/// Pixels that one lane of the exposure's sums walks.
pub const EXPOSURE_RUN: u32 = 32;
/// Lanes that sum the runs, per row of the transform.
pub const EXPOSURE_LANES: u32 = 64;

crossing! {
    /// Where a view stands: how [`ViewUniforms`] begins.
    pub struct Pose {
        /// World to view (OpenCV axes), column-major.
        pub view_from_world: [[f32; 4]; 4],
        /// Camera centre in world space; w unused.
        pub camera_in_world: [f32; 4],
    }

    /// Adam's numbers for the pose of one view.
    pub struct PoseUniforms {
        /// Which training view the step sees.
        pub view: u32,
        /// Training views.
        pub views: u32,
        /// Learning rate of the rotation vector, radians.
        pub rotation_rate: f32,
        /// Learning rate of the translation, world units.
        pub translation_rate: f32,
        /// 1 - beta1^t, t = visits of the view.
        pub correction1: f32,
        /// 1 - beta2^t.
        pub correction2: f32,
        /// Unused.
        pub pad0: u32,
        /// Unused.
        pub pad1: u32,
    }

    /// What a photograph's exposure made of the scene's colours: the rows of [A | b] in A c + b.
    pub struct Exposure {
        /// By output channel: factors of r, g, b, then the offset.
        pub rows: [[f32; 4]; 3],
    }

    /// Adam's numbers for the exposure of one view.
    pub struct ExposureUniforms {
        /// Which training view the step sees.
        pub view: u32,
        /// Training views.
        pub views: u32,
        /// Learning rate.
        pub rate: f32,
        /// 1 - beta1^t, t = visits of the view.
        pub correction1: f32,
        /// 1 - beta2^t.
        pub correction2: f32,
        /// Unused.
        pub pad0: u32,
        /// Unused.
        pub pad1: u32,
        /// Unused.
        pub pad2: u32,
    }

    /// What a kernel needs to know of a view and of the buffers' shapes.
    pub struct ViewUniforms {
        /// World to view (OpenCV axes), column-major.
        pub view_from_world: [[f32; 4]; 4],
        /// Camera centre in world space; w unused.
        pub camera_in_world: [f32; 4],
        /// Background colour; w unused.
        pub background: [f32; 4],
        /// fx, fy in pixels.
        pub focal: [f32; 2],
        /// cx, cy in pixels, centres at +0.5.
        pub principal: [f32; 2],
        /// Lower limits of x/z and y/z in the Jacobian.
        pub slope_low: [f32; 2],
        /// Upper limits of x/z and y/z in the Jacobian.
        pub slope_high: [f32; 2],
        /// Image size in pixels.
        pub size_px: [u32; 2],
        /// Tiles along x and y.
        pub tiles: [u32; 2],
        /// Rows a plane holds: the stride between planes.
        pub row_capacity: u32,
        /// SH degree in use.
        pub sh_degree: u32,
        /// Entries that the tile lists can hold.
        pub entry_capacity: u32,
        /// Backward slots that can be held.
        pub hit_capacity: u32,
        /// Planes of a row.
        pub planes: u32,
        /// 1: the last kernel of Backward adds to the growth statistic.
        pub counts_growth: u32,
        /// 1: opacity makes up for what the dilation of the footprint adds.
        pub antialiased: u32,
        /// Place of this cloud's first row in the lists, where several clouds share them.
        pub first_row: u32,
        /// Rows that Project writes at least: those that are not live come out as not seen.
        pub row_bound: u32,
        /// View depth in the lists per unit of the rows' space: clouds of different scale share lists.
        pub depth_scale: f32,
        /// 1: perspective. 0: orthographic, `focal` is then pixels per unit.
        pub perspective: f32,
        /// Unused.
        pub pad: u32,
    }
}

impl Exposure {
    /// Colours stay as they are.
    pub const IDENTITY: Self = Self { rows: [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]] };
}
