//! Pick: what one pixel shows, and the surface that it shows.

use crate::camera::Pinhole;
use crate::covariance::covariance;
use crate::forward::{Rendered, contributions};
use crate::project::{Splat, image_axes};
use crate::rows::{Column, Rows};
use crate::rules::RenderSettings;
use glam::{DMat3, DVec2, DVec3};

/// Pixels to each side of the picked one whose light counts.
const AROUND: i64 = 2;
/// Times that a plane is fitted.
const ROUNDS: usize = 4;
/// How near light must be to the plane before, as a share of the depth.
const REACH: f64 = 0.03;

/// A pick's answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// Row with the largest blending weight.
    pub row: usize,
    /// That weight.
    pub weight: f64,
    /// Accumulated weight of the pixel.
    pub coverage: f64,
    /// View depth of the surface, world units, and what a pixel to the right and one down add.
    pub plane: DVec3,
}

/// Light of one Gaussian in a pixel.
struct Light {
    row: usize,
    weight: f64,
    /// View depth at which the pixel's ray is deepest in the Gaussian.
    depth: f64,
    /// What is let through behind it.
    behind: f64,
}

/// A view that can be picked from.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Gaussians.
    pub rows: &'a Rows,
    /// The view.
    pub camera: &'a Pinhole,
    /// How it was rendered.
    pub settings: &'a RenderSettings,
    /// The view after Project, Sort and Forward.
    pub rendered: &'a Rendered,
}

impl Seen<'_> {
    /// What pixel (x, y) shows; `None` where there is nothing. The surface is the plane that the light of the pixels around comes
    /// from: light far from the plane of the round before hardly counts.
    pub fn pick(&self, x: u32, y: u32) -> Option<Pick> {
        let own = self.light(x, y);
        let heaviest = own.iter().rev().max_by(|a, b| a.weight.total_cmp(&b.weight))?;
        let here = surface_depth(&own).unwrap_or(heaviest.depth);
        let mut plane = DVec3::new(here, 0.0, 0.0);
        for _ in 0..ROUNDS {
            plane = self.plane_of_light(x, y, plane, REACH * here);
        }
        let coverage = 1.0 - own.last()?.behind;
        Some(Pick { row: heaviest.row, weight: heaviest.weight, coverage, plane })
    }

    /// Front to back.
    fn light(&self, x: u32, y: u32) -> Vec<Light> {
        let blended = contributions(x, y, &self.rendered.splats, &self.rendered.lists, self.settings).0;
        let light = blended.iter().map(|c| {
            let splat = &self.rendered.splats[c.splat];
            let depth = splat.depth - self.depth_slope(splat).dot(c.offset);
            Light {
                row: splat.row,
                weight: c.alpha * c.transmittance,
                depth: depth.clamp(0.5 * splat.depth, 2.0 * splat.depth),
                behind: c.transmittance * (1.0 - c.alpha),
            }
        });
        light.collect()
    }

    /// Least squares of depths, weighted by light and how near it is to a plane.
    fn plane_of_light(&self, x: u32, y: u32, near: DVec3, reach: f64) -> DVec3 {
        let (mut normal, mut right) = (DMat3::ZERO, DVec3::ZERO);
        let mut total = 0.0;
        let steps = (-AROUND..=AROUND).flat_map(|dy| (-AROUND..=AROUND).map(move |dx| (dx, dy)));
        for (dx, dy) in steps {
            let (at_x, at_y) = (i64::from(x) + dx, i64::from(y) + dy);
            let frame = &self.rendered.frame;
            if at_x < 0 || at_y < 0 || at_x >= frame.width.into() || at_y >= frame.height.into() {
                continue;
            }
            let d = DVec2::new(dx as f64, dy as f64);
            let one = DVec3::new(1.0, d.x, d.y);
            for light in self.light(at_x as u32, at_y as u32) {
                let off = (light.depth - near.dot(one)) / reach;
                let weight = light.weight * (-off * off).exp();
                normal += DMat3::from_cols(one, one * d.x, one * d.y) * weight;
                right += one * weight * light.depth;
                total += weight;
            }
        }
        // A hair is added to the squares of slopes, so that pixels in a line do not tilt what they know nothing of.
        normal.y_axis.y += 0.01 * total;
        normal.z_axis.z += 0.01 * total;
        normal.inverse() * right
    }

    /// How the mean depth of a Gaussian's mass changes over the image, per pixel.
    fn depth_slope(&self, splat: &Splat) -> DVec2 {
        let mean_in_view = self.camera.to_view(self.rows.vec3(Column::Mean, splat.row));
        let sigma = covariance(self.rows.vec3(Column::LogScale, splat.row), self.rows.quaternion(splat.row));
        let forward = self.camera.rotation().transpose() * DVec3::Z;
        let [u, v] = image_axes(self.camera, mean_in_view).map(|axis| axis.dot(sigma * forward));
        let c = splat.conic;
        DVec2::new(c.xx * u + c.xy * v, c.xy * u + c.yy * v)
    }
}

/// Where seven tenths of the light are spent, half where not so much is.
fn surface_depth(light: &[Light]) -> Option<f64> {
    let left = |share: f64| light.iter().find(|l| l.behind <= share).map(|l| l.depth);
    left(0.3).or(left(0.5))
}
