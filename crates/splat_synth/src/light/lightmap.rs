//! The light map: irradiance / pi in a grid over every patch.
//!
//! Photographs look their diffuse light up here, so that every view sees the same light without noise.

use crate::geometry::{Patch, bracket};
use crate::scene::Scene;
use glam::{Vec2, Vec3};

/// Irradiance / pi on every surface of a scene, linear RGB.
pub struct LightMap {
    /// One grid per patch of the scene.
    pub grids: Vec<Grid>,
    /// All texels; a grid's start at its `first`, rows of columns, a second layer for the back of two-sided patches.
    pub values: Vec<Vec3>,
}

/// Texels of one patch.
pub struct Grid {
    /// Column parameters.
    pub us: Vec<f32>,
    /// Row parameters.
    pub vs: Vec<f32>,
    /// Index of the first texel.
    pub first: usize,
    /// 1, or 2 for two-sided patches.
    pub layers: usize,
}

/// One texel: where it is.
#[derive(Clone, Copy, Debug)]
pub struct Texel {
    /// Index of the patch.
    pub patch: u32,
    /// Patch parameters.
    pub uv: Vec2,
    /// 0 outer side, 1 back.
    pub layer: usize,
    /// Column and row in its grid.
    pub cell: (usize, usize),
}

impl Grid {
    /// Texels at most `spacing` metres apart, and at every vertex.
    fn over(patch: &Patch, spacing: f32, first: usize) -> Self {
        let (us, vs) = (texel_lines(&patch.us, spacing), texel_lines(&patch.vs, spacing));
        Self { us, vs, first, layers: if patch.two_sided { 2 } else { 1 } }
    }

    /// Texels per layer.
    pub fn layer_len(&self) -> usize {
        self.us.len() * self.vs.len()
    }
}

/// A patch's vertex lines, subdivided; the outermost ones moved inwards a little, out of the corner that the patch
/// makes with its neighbour.
fn texel_lines(lines: &[f32], spacing: f32) -> Vec<f32> {
    let length = lines[lines.len() - 1] - lines[0];
    // Vertices closer than this share a texel.
    let finest = (0.35 * spacing).min(0.2 * length);
    let mut out = vec![lines[0]];
    for (k, &next) in lines.iter().enumerate().skip(1) {
        let from = out[out.len() - 1];
        let gap = next - from;
        let is_last = k + 1 == lines.len();
        if gap < finest && !is_last {
            continue;
        }
        let n = (gap / spacing).ceil().max(1.0) as usize;
        out.extend((1..=n).map(|i| from + gap * i as f32 / n as f32));
    }
    let inset = 0.004_f32.min(0.08 * length);
    let end = out.len() - 1;
    out[0] = (lines[0] + inset).min(0.5 * (out[0] + out[1]));
    out[end] = (lines[lines.len() - 1] - inset).max(0.5 * (out[end] + out[end - 1]));
    out
}

impl LightMap {
    /// A dark map with texels `spacing` metres apart.
    pub fn dark(scene: &Scene, spacing: f32) -> Self {
        let mut first = 0;
        let grids: Vec<Grid> = scene
            .patches
            .iter()
            .map(|p| {
                let grid = Grid::over(&p.patch, spacing, first);
                first += grid.layer_len() * grid.layers;
                grid
            })
            .collect();
        Self { grids, values: vec![Vec3::ZERO; first] }
    }

    /// All texels in storage order.
    pub fn texels(&self) -> Vec<Texel> {
        let mut out = Vec::with_capacity(self.values.len());
        for (patch, grid) in self.grids.iter().enumerate() {
            for layer in 0..grid.layers {
                for (row, &v) in grid.vs.iter().enumerate() {
                    let texel = |(column, &u): (usize, &f32)| {
                        let (uv, cell) = (Vec2::new(u, v), (column, row));
                        Texel { patch: patch as u32, uv, layer, cell }
                    };
                    out.extend(grid.us.iter().enumerate().map(texel));
                }
            }
        }
        out
    }

    /// Bilinear light on one side of a patch.
    pub fn light(&self, patch: u32, uv: Vec2, layer: usize) -> Vec3 {
        let grid = &self.grids[patch as usize];
        let (i, a) = bracket(&grid.us, uv.x);
        let (j, b) = bracket(&grid.vs, uv.y);
        let n = grid.us.len();
        let first = grid.first + (layer % grid.layers) * grid.layer_len() + j * n + i;
        let below = self.values[first].lerp(self.values[first + 1], a);
        below.lerp(self.values[first + n].lerp(self.values[first + n + 1], a), b)
    }

    /// Index of the texel nearest to patch parameters.
    pub fn nearest(&self, patch: u32, uv: Vec2, layer: usize) -> usize {
        let grid = &self.grids[patch as usize];
        let near = |(i, a): (usize, f32)| if a < 0.5 { i } else { i + 1 };
        let (i, j) = (near(bracket(&grid.us, uv.x)), near(bracket(&grid.vs, uv.y)));
        grid.first + (layer % grid.layers) * grid.layer_len() + j * grid.us.len() + i
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texel_lines_are_ascending_and_inside() {
        for lines in [vec![0.0, 1.0], vec![-0.5, -0.499, 0.499, 0.5], vec![0.0, 0.001], vec![0.0, 0.01, 0.02, 0.5]] {
            let t = texel_lines(&lines, 0.03);
            assert!(t.len() >= 2 && t.windows(2).all(|w| w[0] < w[1]), "{lines:?} {t:?}");
            assert!(t[0] > lines[0] && t[t.len() - 1] < lines[lines.len() - 1]);
            assert!(t.windows(2).all(|w| w[1] - w[0] <= 0.0301));
        }
    }
}
