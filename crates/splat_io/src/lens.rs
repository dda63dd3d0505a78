//! Lens distortion, and the pinhole camera that a distorted photograph is turned into.
//!
//! How it works: every pixel of the pinhole image is a ray; the distortion model says where that ray fell on the
//! distorted photograph. So undistorting only ever needs the forward model.

use glam::{DVec2, Vec2};
use splat_core::Intrinsics;
use splat_core::capture::{Distortion, DistortionModel};

/// A camera as a file describes it: intrinsics of the image on disk, and its distortion if it has any.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lens {
    /// Intrinsics of the image on disk.
    pub intrinsics: Intrinsics,
    /// Distortion of the image on disk.
    pub model: Option<DistortionModel>,
}

impl Lens {
    /// A lens; a model whose coefficients are all 0 counts as none.
    pub fn new(intrinsics: Intrinsics, model: DistortionModel) -> Self {
        let trivial = match model {
            DistortionModel::RadialTangential { k, p } => k == [0.0; 3] && p == [0.0; 2],
            // A fisheye without coefficients still bends (equidistant projection).
            DistortionModel::Fisheye { .. } => false,
        };
        Self { intrinsics, model: (!trivial).then_some(model) }
    }

    /// A lens without distortion.
    pub fn pinhole(intrinsics: Intrinsics) -> Self {
        Self { intrinsics, model: None }
    }

    /// True when every number is usable.
    pub fn is_valid(&self) -> bool {
        let finite = match self.model {
            Some(DistortionModel::RadialTangential { k, p }) => k.iter().chain(&p).all(|c| c.is_finite()),
            Some(DistortionModel::Fisheye { k }) => k.iter().all(|c| c.is_finite()),
            None => true,
        };
        finite && self.intrinsics.is_valid()
    }

    /// The distortion to undo, for an image of this lens that was resized to `width` x `height` on disk.
    pub fn distortion(&self, width: u32, height: u32) -> Option<Distortion> {
        self.model.map(|model| Distortion { model, source: self.intrinsics.resized(width, height) })
    }
}

/// Where a ray (x/z, y/z) lands on the distorted image plane of focal length 1.
///
/// OpenCV's radial-tangential model: x' = x (1 + k1 r^2 + k2 r^4 + k3 r^6) + 2 p1 x y + p2 (r^2 + 2 x^2), y' likewise.
/// OpenCV's fisheye model: the direction is kept, the radius is theta (1 + k1 theta^2 + .. + k4 theta^8), theta = atan r.
pub fn distort(model: &DistortionModel, ray: DVec2) -> DVec2 {
    let r2 = ray.length_squared();
    match *model {
        DistortionModel::RadialTangential { k, p } => {
            let radial = 1.0 + r2 * (k[0] + r2 * (k[1] + r2 * k[2]));
            let DVec2 { x, y } = ray;
            let tangential = DVec2::new(
                2.0 * p[0] * x * y + p[1] * (r2 + 2.0 * x * x),
                p[0] * (r2 + 2.0 * y * y) + 2.0 * p[1] * x * y,
            );
            ray * radial + tangential
        }
        DistortionModel::Fisheye { k } => {
            let r = r2.sqrt();
            if r < 1e-12 { ray } else { ray * (fisheye_radius(&k, r.atan()) / r) }
        }
    }
}

fn fisheye_radius(k: &[f64; 4], theta: f64) -> f64 {
    let t2 = theta * theta;
    theta * (1.0 + t2 * (k[0] + t2 * (k[1] + t2 * (k[2] + t2 * k[3]))))
}

/// The ray radius tan(theta) at which the model stops growing: beyond it, it folds back and means nothing.
fn usable_radius(model: &DistortionModel) -> f64 {
    const STEPS: usize = 4000;
    let mut last = 0.0;
    for i in 1..=STEPS {
        // Equal steps in angle, up to just under 90 degrees.
        let theta = i as f64 / STEPS as f64 * 1.56;
        let r = theta.tan();
        let radius = match model {
            DistortionModel::RadialTangential { k, .. } => {
                let r2 = r * r;
                r * (1.0 + r2 * (k[0] + r2 * (k[1] + r2 * k[2])))
            }
            DistortionModel::Fisheye { k } => fisheye_radius(k, theta),
        };
        if radius <= last {
            return r;
        }
        last = radius;
    }
    f64::INFINITY
}

/// The pinhole camera that takes a distorted photograph's place, at the photograph's size.
///
/// Radial-tangential: focal length and principal point are kept; where that would show more than the photograph has
/// (pincushion lenses), the focal length grows by as much as is needed, at most 25 %.
///
/// Fisheye: as the ScanNet++ toolbox does it: the focal length of OpenCV's fisheye estimate with balance 0 (the largest of
/// those that put the middle of one image edge on the same edge of the new image), the principal point in the centre.
pub fn undistorted_intrinsics(distortion: &Distortion) -> Intrinsics {
    match distortion.model {
        DistortionModel::RadialTangential { .. } => zoomed_until_full(distortion),
        DistortionModel::Fisheye { k } => fisheye_intrinsics(&distortion.source, &k),
    }
}

fn zoomed_until_full(distortion: &Distortion) -> Intrinsics {
    let zoomed = |zoom: f64| Intrinsics {
        fx: distortion.source.fx * zoom,
        fy: distortion.source.fy * zoom,
        ..distortion.source
    };
    let is_full = |zoom: f64| border_is_inside(distortion, zoomed(zoom));
    let (mut low, mut high) = (1.0, 1.25);
    if is_full(low) || !is_full(high) {
        return zoomed(1.0);
    }
    for _ in 0..20 {
        let middle = 0.5 * (low + high);
        if is_full(middle) { high = middle } else { low = middle }
    }
    zoomed(high)
}

/// True when every pixel centre on the border of the pinhole image falls inside the photograph.
fn border_is_inside(distortion: &Distortion, target: Intrinsics) -> bool {
    let map = UndistortMap::with_target(distortion, target);
    let (right, bottom) = (target.width - 1, target.height - 1);
    let mut rows = (0..=right).flat_map(|x| [(x, 0), (x, bottom)]);
    let mut columns = (0..=bottom).flat_map(|y| [(0, y), (right, y)]);
    let inside = |(x, y)| map.source(x, y).is_some();
    rows.all(inside) && columns.all(inside)
}

fn fisheye_intrinsics(source: &Intrinsics, k: &[f64; 4]) -> Intrinsics {
    let (w, h) = (source.width as f64, source.height as f64);
    let aspect = source.fx / source.fy;
    // Rays of the middles of the four edges, y scaled so that both axes share one focal length.
    let edges = [(0.5 * w, 0.0), (w, 0.5 * h), (0.5 * w, h), (0.0, 0.5 * h)];
    let rays = edges.map(|(x, y)| {
        let ray = undistort_fisheye(k, DVec2::new((x - source.cx) / source.fx, (y - source.cy) / source.fy));
        DVec2::new(ray.x, ray.y * aspect)
    });
    let centre = rays.iter().sum::<DVec2>() / 4.0;
    let low = rays.iter().fold(DVec2::INFINITY, |a, &b| a.min(b));
    let high = rays.iter().fold(DVec2::NEG_INFINITY, |a, &b| a.max(b));
    let half = DVec2::new(0.5 * w, 0.5 * h * aspect);
    let candidates = [half / (centre - low), half / (high - centre)];
    let f = candidates.iter().fold(0.0f64, |best, c| best.max(c.x).max(c.y));
    Intrinsics { fx: f, fy: f / aspect, cx: 0.5 * w, cy: 0.5 * h, ..*source }
}

/// Inverse of the fisheye model by bisection; the radius is capped just under 90 degrees.
fn undistort_fisheye(k: &[f64; 4], point: DVec2) -> DVec2 {
    let radius = point.length();
    if radius < 1e-12 {
        return point;
    }
    let end = usable_radius(&DistortionModel::Fisheye { k: *k }).atan().min(1.5);
    let (mut low, mut high) = (0.0, end);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if fisheye_radius(k, middle) < radius { low = middle } else { high = middle }
    }
    point * (low.tan() / radius)
}

/// Where each pixel of an undistorted image comes from.
pub struct UndistortMap {
    target: Intrinsics,
    distortion: Distortion,
    usable_radius: f64,
}

impl UndistortMap {
    /// The map for the undistorted image scaled to `width` x `height`.
    pub fn new(distortion: &Distortion, width: u32, height: u32) -> Self {
        Self::with_target(distortion, undistorted_intrinsics(distortion).resized(width, height))
    }

    fn with_target(distortion: &Distortion, target: Intrinsics) -> Self {
        Self { target, distortion: *distortion, usable_radius: usable_radius(&distortion.model) }
    }

    /// Photograph position (pixel centres at +0.5) that a position of the undistorted image shows, inside or not.
    fn unclipped(&self, pixel: DVec2) -> Option<DVec2> {
        let (t, s) = (&self.target, &self.distortion.source);
        let ray = DVec2::new((pixel.x - t.cx) / t.fx, (pixel.y - t.cy) / t.fy);
        if ray.length() >= self.usable_radius {
            return None;
        }
        let d = distort(&self.distortion.model, ray);
        Some(DVec2::new(s.fx * d.x + s.cx, s.fy * d.y + s.cy))
    }

    /// Photograph position of a pixel of the undistorted image; `None` outside the photograph.
    pub fn source(&self, x: u32, y: u32) -> Option<Vec2> {
        let s = &self.distortion.source;
        let p = self.unclipped(DVec2::new(x as f64 + 0.5, y as f64 + 0.5))?;
        let inside = p.x >= 0.0 && p.y >= 0.0 && p.x < s.width as f64 && p.y < s.height as f64;
        inside.then(|| p.as_vec2())
    }

    /// Photograph positions of all pixels, row by row.
    pub fn pixels(&self) -> impl Iterator<Item = Option<Vec2>> + '_ {
        let (w, h) = (self.target.width, self.target.height);
        (0..h).flat_map(move |y| (0..w).map(move |x| self.source(x, y)))
    }
}
