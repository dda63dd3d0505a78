//! Fills the light map by path tracing.
//!
//! Every texel first receives light straight from window, sun and lamps, with shadow rays to points spread over each
//! of them. Then paths are followed: in each round a texel sends rays over its hemisphere and collects what the
//! surfaces they meet send back, which is what the round before found there. After k rounds paths of k bounces are in.

use super::lamps::{LightSamples, Lights};
use super::lightmap::{LightMap, Texel};
use crate::maths::{cosine_direction, fract};
use crate::random::{Purpose, stream};
use crate::scene::{Eye, Scene};
use glam::Vec3;
use rand::Rng;
use rayon::prelude::*;

/// How much work to put in.
#[derive(Clone, Debug)]
pub struct BakeSettings {
    /// Distance between texels, metres.
    pub spacing: f32,
    /// Samples of lights.
    pub lights: LightSamples,
    /// Hemisphere rays per texel, one entry per bounce.
    pub bounces: Vec<usize>,
}

/// Passes of the tent filter over indirect light, which changes slowly along a surface; together about 4 cm wide.
const INDIRECT_SMOOTHING: usize = 5;

struct Site {
    texel: Texel,
    position: Vec3,
    normal: Vec3,
    albedo: Vec3,
}

/// The light in a scene; `progress` is told the share that is done.
pub fn bake(
    scene: &Scene,
    lights: &Lights,
    seed: u64,
    settings: &BakeSettings,
    progress: &(dyn Fn(f32) + Sync),
) -> LightMap {
    let mut map = LightMap::dark(scene, settings.spacing);
    let sites: Vec<Site> = map.texels().into_iter().map(|texel| site(scene, texel)).collect();
    let jitter = |index: usize| jitter(&sites[index].texel, seed);
    let direct: Vec<Vec3> = sites
        .par_iter()
        .enumerate()
        .map(|(i, s)| lights.direct(scene, s.position, s.normal, jitter(i), settings.lights))
        .collect();
    let total = settings.bounces.len() as f32 + 1.0;
    progress(1.0 / total);
    map.values = direct.clone();
    for (round, &rays) in settings.bounces.iter().enumerate() {
        let sent = sent_back(scene, &map, &sites);
        let gathered: Vec<(Vec3, bool)> =
            sites.par_iter().enumerate().map(|(i, s)| gather(scene, &map, &sent, s, jitter(i), rays, round)).collect();
        let open: Vec<bool> = gathered.iter().map(|g| g.1).collect();
        let mut indirect: Vec<Vec3> = gathered.iter().map(|g| g.0).collect();
        for _ in 0..INDIRECT_SMOOTHING {
            indirect = smooth(&map, &indirect, &open);
        }
        let straight = smooth(&map, &direct, &open);
        map.values = straight.iter().zip(&indirect).map(|(d, g)| *d + *g).collect();
        fill_hidden(&mut map, &open);
        progress((round + 2) as f32 / total);
    }
    map
}

/// Shifts of a texel's sample patterns. They are spread evenly over every small neighbourhood of the grid (Roberts'
/// R-sequences along columns and rows), so that what the filter averages is well stratified, too.
fn jitter(texel: &Texel, seed: u64) -> [f32; 4] {
    let base: [f32; 4] = stream(seed, Purpose::Bake, (texel.patch as u64) << 1 | texel.layer as u64).random();
    let (c, r) = (texel.cell.0 as f32, texel.cell.1 as f32);
    let steps = [(0.754_878, 0.569_84), (0.569_84, 0.324_718), (0.856_675, 0.628_707), (0.733_892, 0.538_597)];
    std::array::from_fn(|i| fract(base[i] + steps[i].0 * c + steps[i].1 * r))
}

fn site(scene: &Scene, texel: Texel) -> Site {
    let patch = &scene.patches[texel.patch as usize].patch;
    let (position, outer, rest) = patch.at(texel.uv.x, texel.uv.y);
    let normal = if texel.layer == 0 { outer } else { -outer };
    let albedo = scene.albedo(texel.patch, texel.uv, rest);
    Site { texel, position: position + normal * 2e-3, normal, albedo }
}

/// Radiance that every texel sends out: its colour times its light, and what comes through from its other side.
fn sent_back(scene: &Scene, map: &LightMap, sites: &[Site]) -> Vec<Vec3> {
    sites
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let through = scene.material(s.texel.patch).translucency;
            let grid = &map.grids[s.texel.patch as usize];
            let other = if grid.layers == 2 {
                map.values[if s.texel.layer == 0 { i + grid.layer_len() } else { i - grid.layer_len() }]
            } else {
                Vec3::ZERO
            };
            s.albedo * (map.values[i] * (1.0 - through) + other * through)
        })
        .collect()
}

/// Mean of what arrives over the hemisphere, cosine-weighted, and whether the texel can be seen at all.
fn gather(
    scene: &Scene,
    map: &LightMap,
    sent: &[Vec3],
    s: &Site,
    jitter: [f32; 4],
    rays: usize,
    round: usize,
) -> (Vec3, bool) {
    let (mut sum, mut hidden) = (Vec3::ZERO, 0);
    let turn = 0.317 * round as f32;
    for k in 0..rays {
        let u = fract((k as f32 + 0.5) / rays as f32 + jitter[0] + turn);
        let v = fract(k as f32 * 0.618_034 + jitter[1] + turn);
        let direction = cosine_direction(s.normal, u.min(0.999), v);
        let Some(hit) = scene.trace(s.position, direction, 1e-3, Eye::Light) else { continue };
        let two_sided = map.grids[hit.patch as usize].layers == 2;
        if (!hit.front && !two_sided) || hit.t < 6e-3 {
            hidden += 1;
            continue;
        }
        sum += sent[map.nearest(hit.patch, hit.uv, usize::from(!hit.front))];
    }
    let seen = rays - hidden;
    (sum / seen.max(1) as f32, 2 * seen > rays)
}

/// A 3 x 3 tent filter within each layer of each patch, over texels that can be seen.
fn smooth(map: &LightMap, values: &[Vec3], open: &[bool]) -> Vec<Vec3> {
    let mut out = values.to_vec();
    for_neighbourhoods(map, |here, around| {
        let (mut sum, mut total) = (values[here] * 4.0, 4.0);
        for &(there, near) in around.iter().filter(|n| open[n.0]) {
            let weight = if near { 2.0 } else { 1.0 };
            sum += values[there] * weight;
            total += weight;
        }
        if open[here] {
            out[here] = sum / total;
        }
    });
    out
}

/// Texels inside or behind something take the mean of their neighbours that are not, ring by ring, so that no
/// darkness leaks out from under things.
fn fill_hidden(map: &mut LightMap, open: &[bool]) {
    let mut known = open.to_vec();
    for _ in 0..12 {
        let mut filled = Vec::new();
        for_neighbourhoods(map, |here, around| {
            if !known[here] {
                let (mut sum, mut count) = (Vec3::ZERO, 0.0);
                for &(there, _) in around.iter().filter(|n| known[n.0]) {
                    sum += map.values[there];
                    count += 1.0;
                }
                if count > 0.0 {
                    filled.push((here, sum / count));
                }
            }
        });
        if filled.is_empty() {
            break;
        }
        for (here, value) in filled {
            (map.values[here], known[here]) = (value, true);
        }
    }
}

/// Calls `visit` with every texel and its up to eight neighbours; true marks the four that share a side.
fn for_neighbourhoods(map: &LightMap, mut visit: impl FnMut(usize, &[(usize, bool)])) {
    let mut around = Vec::with_capacity(8);
    for grid in &map.grids {
        let (columns, rows) = (grid.us.len() as isize, grid.vs.len() as isize);
        for layer in 0..grid.layers {
            let first = grid.first + layer * grid.layer_len();
            for (row, column) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))) {
                around.clear();
                for (dr, dc) in [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)] {
                    let (r, c): (isize, isize) = (row + dr, column + dc);
                    if (0..rows).contains(&r) && (0..columns).contains(&c) {
                        around.push((first + (r * columns + c) as usize, dr == 0 || dc == 0));
                    }
                }
                visit(first + (row * columns + column) as usize, &around);
            }
        }
    }
}
