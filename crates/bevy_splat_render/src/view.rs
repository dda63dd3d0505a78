//! What a camera shows of a splat cloud.

use crate::styles::ClassStyles;
use bevy::prelude::*;
use bevy::render::render_resource::TextureUsages;
use splat_core::Intrinsics;

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DisplayMode {
    /// The photographed colour.
    #[default]
    Colour,
    /// The winning class's colour per pixel, shaded by the picture.
    Classes,
    /// Colour tinted by class.
    Overlay,
    /// View depth, near bright and far dark.
    Depth,
    /// Softmax probability of the winning class.
    Confidence,
    /// Entropy of the class probabilities: bright where the cloud cannot decide.
    Entropy,
    /// The surface's normals: x, y, z of the world as red, green, blue.
    Normals,
    /// Every Gaussian as a small disc in its colour.
    Points,
    /// Every Gaussian as a solid ellipsoid in its colour, but for the faint ones.
    Ellipsoids,
}

impl DisplayMode {
    /// All modes, in the order that panels and keys list them.
    pub const ALL: [Self; 9] = [
        Self::Colour,
        Self::Classes,
        Self::Overlay,
        Self::Depth,
        Self::Confidence,
        Self::Entropy,
        Self::Normals,
        Self::Points,
        Self::Ellipsoids,
    ];

    /// Name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Colour => "colour",
            Self::Classes => "classes",
            Self::Overlay => "overlay",
            Self::Depth => "depth",
            Self::Confidence => "confidence",
            Self::Entropy => "entropy",
            Self::Normals => "normals",
            Self::Points => "points",
            Self::Ellipsoids => "ellipsoids",
        }
    }

    /// The mode of that name; `None` where there is none.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(name))
    }

    /// True where the picture needs the class channels.
    pub const fn needs_classes(self) -> bool {
        matches!(self, Self::Classes | Self::Overlay | Self::Confidence | Self::Entropy)
    }
}

/// On a `Camera3d`: shows splat clouds among whatever else the camera draws. Opaque meshes hide the Gaussians behind them and
/// show through those before them; splats that cover a pixel hide transparent meshes and gizmos behind them.
///
/// Colours are the photographs' own: give the camera `Tonemapping::None`, or the tone mapper of an HDR camera bends them.
/// `Msaa::Off` is advised (splats bring their own smooth edges), not required.
///
/// Perspective and orthographic cameras will do. [`ClassStyles`] beside it say how classes look.
#[derive(Component, Clone, Debug, PartialEq)]
#[require(ClassStyles)]
pub struct SplatView {
    /// What is shown.
    pub mode: DisplayMode,
    /// Strength of the tint in [`DisplayMode::Overlay`], 0..1.
    pub overlay: f32,
    /// Class column to highlight; everything else is dimmed.
    pub highlight: Option<u32>,
    /// Radius of the discs in [`DisplayMode::Points`], pixels of the viewport.
    pub point_radius_px: f32,
    /// Depths in metres (world units) shown as the near and the far end of the ramp; `None`: from the cloud's bounds.
    pub depth_range: Option<[f32; 2]>,
    /// Splat pixels per viewport pixel along each axis, 0.05..=1. Software GPUs want less than 1.
    pub resolution_scale: f32,
    /// Colour where neither Gaussians nor meshes are; `None`: what the cloud was trained against. As far as it is transparent
    /// (`Color::NONE`), the camera's own clear colour or sky shows.
    pub background: Option<Color>,
    /// Which cloud; `None`: all visible ones on the camera's layers.
    pub cloud: Option<Entity>,
    /// Least seconds between two pictures of a scene that changes under a still camera; 0 = every frame. Training in the
    /// same app gets the rest of the GPU.
    pub scene_refresh_s: f32,
}

impl Default for SplatView {
    fn default() -> Self {
        Self {
            mode: DisplayMode::Colour,
            overlay: 0.55,
            highlight: None,
            point_radius_px: 1.5,
            depth_range: None,
            resolution_scale: 1.0,
            background: None,
            cloud: None,
            scene_refresh_s: 0.0,
        }
    }
}

impl SplatView {
    /// True where the picture needs the class channels.
    pub fn needs_classes(&self) -> bool {
        self.mode.needs_classes() || self.highlight.is_some()
    }
}

/// Exact intrinsics for a camera with a [`SplatView`], instead of what its projection says: to follow a data set's cameras.
///
/// They are fitted into the viewport with square pixels: the whole image is visible, centred, and a viewport of another
/// shape shows more of the scene at the sides. Only splats follow them; meshes keep to the camera's projection.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct SplatIntrinsics(pub Intrinsics);

impl SplatIntrinsics {
    /// Intrinsics for a viewport of `width` x `height` pixels.
    pub fn fitted(&self, width: u32, height: u32) -> Intrinsics {
        let k = &self.0;
        let (w, h) = (width as f64, height as f64);
        let scale = (w / k.width as f64).min(h / k.height as f64);
        let margin = |size: f64, image: u32| 0.5 * (size - scale * image as f64);
        Intrinsics {
            width,
            height,
            fx: scale * k.fx,
            fy: scale * k.fy,
            cx: scale * k.cx + margin(w, k.width),
            cy: scale * k.cy + margin(h, k.height),
        }
    }
}

/// The depth buffer of a camera says where its meshes end the splats.
pub(crate) fn let_depth_be_read(mut cameras: Query<&mut Camera3d, Added<SplatView>>) {
    for mut camera in &mut cameras {
        camera.depth_texture_usages.0 |= TextureUsages::TEXTURE_BINDING.bits();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_is_found_by_its_name() {
        assert!(DisplayMode::ALL.iter().all(|mode| DisplayMode::from_name(mode.name()) == Some(*mode)));
        assert_eq!(DisplayMode::from_name("Entropy"), Some(DisplayMode::Entropy));
        assert_eq!(DisplayMode::from_name("heat"), None);
    }

    #[test]
    fn intrinsics_are_fitted_without_stretching() {
        let k = Intrinsics { width: 400, height: 300, fx: 350.0, fy: 360.0, cx: 190.0, cy: 160.0 };
        let wide = SplatIntrinsics(k).fitted(1000, 600);
        assert_eq!((wide.fx, wide.fy), (700.0, 720.0));
        assert_eq!((wide.cx, wide.cy), (480.0, 320.0));
        assert_eq!(SplatIntrinsics(k).fitted(400, 300), k);
    }
}
