//! What lies behind the window: a sky that lights the room, the sun, and a blurred garden that the camera sees.

use crate::maths::{frame, hex, smoothstep};
use crate::surface::noise::fbm2;
use glam::{Vec2, Vec3};

/// The world outside, in units in which a sunlit white wall inside is about 1.
#[derive(Clone, Debug)]
pub struct Outdoors {
    /// The garden is painted on the plane y = `garden_y`, metres.
    pub garden_y: f32,
    /// Brightness of the sky as a light, linear RGB.
    pub sky: Vec3,
    /// Unit vector towards the sun.
    pub towards_sun: Vec3,
    /// Irradiance of the sun on a surface that faces it, divided by pi.
    pub sun: Vec3,
    /// Sine of the sun's apparent radius; hazy air makes it larger than the true 0.0047.
    pub sun_radius: f32,
    /// Brightness of the garden in photographs. Dimmer than the light it gives, as in a bracketed exposure.
    pub view_gain: f32,
    /// Garden variant.
    pub seed: u32,
}

impl Outdoors {
    /// Radiance that arrives from a direction through the window, for lighting.
    pub fn radiance(&self, towards: Vec3) -> Vec3 {
        let ground = hex(0x8b8c74) * 0.5;
        let above = smoothstep(-0.12, 0.2, towards.z);
        self.sky * Vec3::ONE.lerp(Vec3::new(0.85, 0.94, 1.1), above) * ground.lerp(Vec3::ONE, above)
    }

    /// A direction towards a point of the sun's disc, from two numbers in 0..1.
    pub fn sun_direction(&self, u: f32, v: f32) -> Vec3 {
        let (t, b) = frame(self.towards_sun);
        let (radius, angle) = (self.sun_radius * u.sqrt(), std::f32::consts::TAU * v);
        let offset = t * (radius * crate::maths::cos(angle)) + b * (radius * crate::maths::sin(angle));
        (self.towards_sun + offset).normalize()
    }

    /// Where a ray that left through the window meets the garden.
    pub fn garden_point(&self, origin: Vec3, direction: Vec3) -> Option<Vec3> {
        let t = (self.garden_y - origin.y) / direction.y;
        (direction.y > 1e-3 && t > 0.0).then(|| origin + direction * t)
    }

    /// What the camera sees along a ray that left the room; out of focus, so without fine detail.
    pub fn view(&self, origin: Vec3, direction: Vec3) -> Vec3 {
        match self.garden_point(origin, direction) {
            Some(p) => self.garden(Vec2::new(p.x, p.z)) * self.view_gain,
            None => Vec3::ZERO,
        }
    }

    fn garden(&self, p: Vec2) -> Vec3 {
        let clouds = smoothstep(0.4, 0.75, fbm2(p * Vec2::new(0.9, 1.8), 3, self.seed));
        let mut colour = hex(0xa9cdee).lerp(hex(0xfbf8f2), 0.35 + 0.65 * clouds) * 1.35;
        let layers = [(1.95, 0.35, 0x9db89a, 2.0), (1.62, 0.5, 0x7c9c64, 3.0), (1.2, 0.22, 0x8aa252, 5.0)];
        for (i, (height, swing, code, scale)) in layers.into_iter().enumerate() {
            let seed = self.seed.wrapping_add(70 + i as u32);
            let top = height + swing * (fbm2(Vec2::new(p.x * 1.3, i as f32 * 7.0), 3, seed) - 0.5) * 2.0;
            let leaves = hex(code) * (0.62 + 0.8 * fbm2(p * scale, 2, seed ^ 9));
            colour = colour.lerp(leaves, smoothstep(top + 0.06, top - 0.06, p.y));
        }
        let lawn = hex(0x9db060) * (0.85 + 0.3 * fbm2(p * Vec2::new(1.0, 4.0), 2, self.seed ^ 77));
        colour.lerp(lawn, smoothstep(0.98, 0.86, p.y))
    }
}
