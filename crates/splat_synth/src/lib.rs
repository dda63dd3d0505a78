//! Makes labelled rooms from a seed: geometry, textures, path-traced photographs, exact and noisy masks.

mod error;
mod furniture;
mod geometry;
mod light;
mod maths;
mod options;
mod path;
mod photo;
mod random;
mod room;
mod scene;
mod surface;

pub use error::SynthError;
pub use options::{Progress, RoomOptions, RoomSummary};

/// Preview.
pub fn preview(options: &RoomOptions, out: &std::path::Path) {
    let t = std::time::Instant::now();
    let room = room::Room::new(options.seed);
    let scene = scene::Scene::new(room.objects);
    eprintln!("{} tris, {} patches {:?}", scene.triangle_count(), scene.patches.len(), t.elapsed());
    let shots = path::shots(&scene, room.size, options);
    eprintln!("shots {:?}", t.elapsed());
    let map = light::bake(&scene, &room.lights, options.seed, &options.bake(), &|f| eprintln!("bake {f} {:?}", t.elapsed()));
    eprintln!("{} texels", map.values.len());
    let ph = photo::Photographer::new(&scene, &map, &room.lights.outdoors);
    for (i, s) in shots.iter().enumerate() {
        ph.photograph(&s.camera, options.samples, options.seed, i as u64).save(out.join(format!("{}.png", s.name))).unwrap();
    }
    eprintln!("photos {:?}", t.elapsed());
}
