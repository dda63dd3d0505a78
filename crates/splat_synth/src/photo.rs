//! Takes photographs: camera rays into the scene, light from the light map, a blurred reflection on varnish and glaze.

use crate::light::{LightMap, Outdoors};
use crate::maths::{exp, fract, srgb_from_linear};
use crate::random::{Choose, Purpose, stream};
use crate::scene::{Eye, Hit, Scene};
use glam::{Vec2, Vec3};
use image::RgbImage;
use rand::Rng;
use rayon::prelude::*;
use splat_core::Camera;

/// Brightness of the sensor's noise, in 8-bit steps.
const SENSOR_NOISE: f32 = 0.6;

/// A lit scene and an exposure, per channel.
pub struct Photographer<'a> {
    scene: &'a Scene,
    light: &'a LightMap,
    outdoors: Outdoors,
    exposure: Vec3,
}

impl<'a> Photographer<'a> {
    /// Meters the scene: one exposure for all photographs.
    pub fn new(scene: &'a Scene, light: &'a LightMap, outdoors: &Outdoors) -> Self {
        let (mut sum, mut count, mut tint) = (0.0, 0.0, Vec3::ZERO);
        for texel in light.texels().into_iter().step_by(11) {
            let (_, _, rest) = scene.patches[texel.patch as usize].patch.at(texel.uv.x, texel.uv.y);
            let sent = scene.albedo(texel.patch, texel.uv, rest) * light.light(texel.patch, texel.uv, texel.layer);
            // The mean of roots heeds bright patches of sun less than a plain mean.
            sum += sent.dot(Vec3::new(0.2126, 0.7152, 0.0722)).max(0.0).sqrt();
            count += 1.0;
            tint += sent;
        }
        let mean: f32 = sum / f32::max(count, 1.0);
        // White balance goes half of the way to grey: the lamp stays warm, and the room stays itself.
        let half_way = |c: f32| (tint.y / c.max(1e-6)).sqrt().clamp(0.6, 1.6);
        let balance = Vec3::new(half_way(tint.x), 1.0, half_way(tint.z));
        let exposure = balance * (0.215 / (mean * mean).max(1e-6));
        let mut outdoors = outdoors.clone();
        // The garden is exposed as if the photograph had been bracketed: bright, not burnt out.
        outdoors.view_gain = 1.05 / exposure.y;
        Self { scene, light, outdoors, exposure }
    }

    /// One photograph with `samples` rays per pixel. `view` numbers the random streams.
    pub fn photograph(&self, camera: &Camera, samples: u32, seed: u64, view: u64) -> RgbImage {
        let (width, height) = (camera.intrinsics.width, camera.intrinsics.height);
        let row =
            |y: u32| -> Vec<u8> { (0..width).flat_map(|x| self.pixel(camera, (x, y), samples, seed, view)).collect() };
        let pixels: Vec<u8> = (0..height).into_par_iter().flat_map_iter(row).collect();
        RgbImage::from_raw(width, height, pixels).expect("a pixel has three bytes")
    }

    fn pixel(&self, camera: &Camera, (x, y): (u32, u32), samples: u32, seed: u64, view: u64) -> [u8; 3] {
        let (width, height) = (camera.intrinsics.width as u64, camera.intrinsics.height as u64);
        let mut rng = stream(seed, Purpose::Photo, (view * height + y as u64) * width + x as u64);
        let shift: [f32; 4] = rng.random();
        let mut sum = Vec3::ZERO;
        for k in 0..samples {
            let (u, v) = (fract((k as f32 + 0.5) / samples as f32 + shift[0]), fract(0.618_034 * k as f32 + shift[1]));
            let at = Vec2::new(x as f32 + 0.5 + tent(u), y as f32 + 0.5 + tent(v));
            let (eye, direction) = camera.ray(at);
            let direction = direction.as_vec3().normalize();
            let blur = [fract(0.754_878 * k as f32 + shift[2]), fract(0.569_84 * k as f32 + shift[3])];
            // Tone before averaging: the edge of a bright window stays smooth.
            sum += self.tone(self.radiance(eye.as_vec3(), direction, blur));
        }
        let mean = sum / samples as f32;
        let mut level =
            |c: f32| (255.0 * srgb_from_linear(c) + SENSOR_NOISE * rng.normal()).round().clamp(0.0, 255.0) as u8;
        [level(mean.x), level(mean.y), level(mean.z)]
    }

    /// Exposure and a film-like shoulder: straight up to a half, then rolling off towards white.
    fn tone(&self, radiance: Vec3) -> Vec3 {
        let shoulder = 0.5;
        let curve = |x: f32| {
            let x = x.max(0.0);
            if x < shoulder { x } else { 1.0 - (1.0 - shoulder) * exp(-(x - shoulder) / (1.0 - shoulder)) }
        };
        let exposed = self.exposure * radiance;
        Vec3::new(curve(exposed.x), curve(exposed.y), curve(exposed.z))
    }

    /// Light along a camera ray.
    fn radiance(&self, origin: Vec3, direction: Vec3, blur: [f32; 2]) -> Vec3 {
        let Some(hit) = self.scene.trace(origin, direction, 0.0, Eye::Light) else {
            return self.outdoors.view(origin, direction);
        };
        let albedo = self.scene.albedo(hit.patch, hit.uv, hit.rest);
        let matt = self.sent(&hit, albedo);
        let material = self.scene.material(hit.patch);
        if material.gloss <= 0.0 {
            return matt;
        }
        let normal = if hit.front { hit.normal } else { -hit.normal };
        let facing = -normal.dot(direction);
        if facing <= 0.02 {
            return matt;
        }
        // Schlick's Fresnel term, weakened where the surface is rough.
        let grazing = (1.0 - facing) * (1.0 - facing) * (1.0 - facing) * (1.0 - facing) * (1.0 - facing);
        let share = material.gloss + (1.0 - material.gloss) * grazing * (0.6 - material.roughness).max(0.1);
        let mirrored = direction + normal * (2.0 * facing);
        let lobe = crate::maths::cosine_direction(mirrored.normalize(), blur[0] * material.roughness, blur[1]);
        if lobe.dot(normal) <= 0.0 {
            return matt;
        }
        let point = origin + direction * hit.t + normal * 1e-3;
        let reflected = match self.scene.trace(point, lobe, 1e-3, Eye::Light) {
            Some(far) => self.sent(&far, self.scene.albedo(far.patch, far.uv, far.rest)),
            None => self.outdoors.view(point, lobe),
        };
        matt * (1.0 - share) + reflected * share
    }

    /// What a surface sends out by itself and by scattering.
    fn sent(&self, hit: &Hit, albedo: Vec3) -> Vec3 {
        let material = self.scene.material(hit.patch);
        let side = usize::from(!hit.front);
        let mut light = self.light.light(hit.patch, hit.uv, side);
        if material.translucency > 0.0 {
            light = light.lerp(self.light.light(hit.patch, hit.uv, 1 - side), material.translucency);
        }
        albedo * (light + material.emission / self.exposure.y)
    }

    /// Colour of a patch's surface as a photograph would show it, 8-bit sRGB.
    pub fn surface_colour(&self, patch: u32, uv: Vec2, rest: Vec3) -> [u8; 3] {
        let sent = self.scene.albedo(patch, uv, rest) * self.light.light(patch, uv, 0);
        let c = self.tone(sent);
        [c.x, c.y, c.z].map(|c| (255.0 * srgb_from_linear(c)).round() as u8)
    }

    /// Where the garden behind the window is hit, for the sparse points on it.
    pub fn garden_point(&self, origin: Vec3, direction: Vec3) -> Option<Vec3> {
        self.outdoors.garden_point(origin, direction)
    }
}

/// Offset from a pixel's centre with a tent-shaped density of +-1 pixel: a lens as sharp as its sensor.
fn tent(u: f32) -> f32 {
    if u < 0.5 { (2.0 * u).sqrt() - 1.0 } else { 1.0 - (2.0 - 2.0 * u).max(0.0).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tent_is_symmetric_and_bounded() {
        for i in 0..100 {
            let u = i as f32 / 100.0 + 0.003;
            assert!(tent(u).abs() <= 1.0);
            assert!((tent(u) + tent(1.0 - u)).abs() < 1e-3);
        }
    }
}
