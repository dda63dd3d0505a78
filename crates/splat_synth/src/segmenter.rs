//! An imitation of a 2D segmentation network: what it makes of each photograph, with its typical faults.
//!
//! * boundaries are ragged and a little off, differently in every view
//! * small things are often missed and take the class of what is behind them
//! * things are now and then mistaken for something similar, per view: flicker
//! * soft-edged patches within large surfaces get a wrong class, a few pixels none
//! * one object, the armchair, is called a sofa in most views

use crate::labels::ObjectImage;
use crate::maths::fract;
use crate::random::{Choose, Purpose, hash01, mix64, stream};
use crate::scene::Scene;
use crate::surface::noise::fbm2;
use glam::Vec2;
use splat_core::{IGNORE_ID, LabelImage, Vocabulary};

/// Share of views in which the armchair is called a sofa.
const WRONG_OBJECT_SHARE: f32 = 0.8;
/// Share of views in which any other thing is mistaken for something similar.
const MISTAKEN_SHARE: f32 = 0.1;
/// Share of views in which a thing of less than [`SMALL`] of the image is missed.
const MISSED_SHARE: f32 = 0.4;
/// What counts as small, as a share of the image.
const SMALL: f32 = 0.0025;

/// What classes are mistaken for.
const CONFUSIONS: [(&str, &[&str]); 26] = [
    ("wall", &["cabinet"]),
    ("floor", &["table"]),
    ("ceiling", &["wall"]),
    ("table", &["cabinet", "shelf"]),
    ("door", &["cabinet", "wall"]),
    ("doorframe", &["door", "wall"]),
    ("cabinet", &["storage cabinet", "table"]),
    ("curtain", &["blinds", "wall"]),
    ("chair", &["office chair", "table"]),
    ("bookshelf", &["shelf", "cabinet"]),
    ("shelf", &["bookshelf"]),
    ("window", &["window frame", "picture"]),
    ("window frame", &["window"]),
    ("windowsill", &["window frame"]),
    ("sofa", &["bed", "chair"]),
    ("pillow", &["cushion", "sofa"]),
    ("cushion", &["pillow"]),
    ("blanket", &["towel", "sofa"]),
    ("box", &["storage cabinet", "suitcase"]),
    ("picture", &["painting", "poster"]),
    ("painting", &["picture"]),
    ("tv", &["monitor"]),
    ("monitor", &["tv"]),
    ("plant pot", &["plant", "bucket"]),
    ("trash can", &["bucket", "basket"]),
    ("table lamp", &["speaker", "bottle"]),
];

/// The segmenter for one room.
pub struct Segmenter<'a> {
    vocabulary: &'a Vocabulary,
    /// Class of every object, vocabulary ids.
    ids: Vec<u16>,
    /// The object that is taken for something else most of the time.
    wrong_object: Option<u32>,
    seed: u64,
}

impl<'a> Segmenter<'a> {
    /// For a scene and its vocabulary.
    pub fn new(scene: &Scene, vocabulary: &'a Vocabulary, seed: u64) -> Self {
        let ids = crate::labels::object_ids(scene, vocabulary);
        // The first chair is the armchair by the window.
        let wrong_object = scene.labels.iter().position(|&l| l == "chair").map(|i| i as u32);
        Self { vocabulary, ids, wrong_object, seed }
    }

    /// Its mask of a view.
    pub fn mask(&self, truth: &ObjectImage, view: u64) -> LabelImage {
        let (width, height) = (truth.width, truth.height);
        let seen = self.opinions(truth, view);
        let seed = mix64(self.seed ^ mix64(view)) as u32;
        // Faults have a size in the scene's picture, not in pixels.
        let scale = width as f32 / 360.0;
        let mut ids = Vec::with_capacity((width * height) as usize);
        for y in 0..height {
            for x in 0..width {
                let p = Vec2::new(x as f32, y as f32) / scale;
                ids.push(self.pixel(truth, &seen, p, scale, seed));
            }
        }
        LabelImage { width, height, ids }
    }

    fn pixel(&self, truth: &ObjectImage, seen: &[Opinion], p: Vec2, scale: f32, seed: u32) -> u16 {
        let wobble = |s: u32| Vec2::new(fbm2(p / 7.0, 2, seed ^ s), fbm2(p / 7.0, 2, seed ^ s ^ 1)) - Vec2::splat(0.5);
        let drift = Vec2::new(fbm2(p / 60.0, 2, seed ^ 4), fbm2(p / 60.0, 2, seed ^ 5)) - Vec2::splat(0.5);
        // The network's own grid is coarser than the image.
        let cell = (p / 2.0).floor() * 2.0 + Vec2::ONE;
        let mut at = cell + wobble(2) * 9.0 + drift * 6.0;
        for step in 0..6 {
            let Some(object) = truth.at(at.x * scale, at.y * scale) else { return IGNORE_ID };
            match seen[object as usize] {
                // A missed thing shows what is beside it.
                Opinion::Missed => {
                    let turn = 2.4 * step as f32 + 6.3 * hash01(object as i32, step, 1, seed);
                    at += Vec2::new(crate::maths::cos(turn), crate::maths::sin(turn)) * (5.0 + 3.0 * step as f32);
                }
                Opinion::Class(id) => return self.blotted(id, p, object, seed),
            }
        }
        IGNORE_ID
    }

    /// Wrong patches within large surfaces, and unlabelled specks.
    fn blotted(&self, id: u16, p: Vec2, object: u32, seed: u32) -> u16 {
        let blot = fbm2(p / 34.0, 3, seed ^ 6);
        if blot > 0.73 {
            return self.mistaken(id, hash01(object as i32, 2, 2, seed));
        }
        let doubt = fbm2(p / 16.0, 2, seed ^ 7);
        if doubt > 0.9 { IGNORE_ID } else { id }
    }

    /// Something similar to a class; the class itself where nothing is.
    fn mistaken(&self, id: u16, choice: f32) -> u16 {
        let name = self.vocabulary.name(id);
        let similar = CONFUSIONS.iter().find(|c| c.0 == name).map_or(&[] as &[&str], |c| c.1);
        let index = (fract(choice) * similar.len() as f32) as usize;
        similar.get(index).and_then(|n| self.vocabulary.id(n)).unwrap_or(id)
    }

    /// What the network makes of each object in this view.
    fn opinions(&self, truth: &ObjectImage, view: u64) -> Vec<Opinion> {
        let mut pixels = vec![0_u32; self.ids.len()];
        truth.objects.iter().flatten().for_each(|&o| pixels[o as usize] += 1);
        let small = SMALL * truth.objects.len() as f32;
        let judge = |(object, &id): (usize, &u16)| {
            let mut rng = stream(self.seed, Purpose::Segmenter, (view << 20) | object as u64);
            let (missed, mistaken, which) =
                (rng.chance(MISSED_SHARE), rng.chance(MISTAKEN_SHARE), rng.between(0.0, 1.0));
            if self.wrong_object == Some(object as u32) && rng.chance(WRONG_OBJECT_SHARE) {
                return Opinion::Class(self.vocabulary.id("sofa").unwrap_or(id));
            }
            let structure = ["wall", "floor", "ceiling"].contains(&self.vocabulary.name(id).as_str());
            if missed && (pixels[object] as f32) < small && !structure {
                return Opinion::Missed;
            }
            Opinion::Class(if mistaken && !structure { self.mistaken(id, which) } else { id })
        };
        self.ids.iter().enumerate().map(judge).collect()
    }
}

#[derive(Clone, Copy)]
enum Opinion {
    Class(u16),
    Missed,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::RoomOptions;
    use crate::room::Room;

    #[test]
    fn the_armchair_is_a_sofa_in_most_views() {
        let options = RoomOptions { train_views: 60, ..RoomOptions::tiny(3) };
        let room = Room::new(options.seed);
        let scene = Scene::new(room.objects);
        let vocabulary = splat_labels::vocabulary::scannetpp_top100();
        let segmenter = Segmenter::new(&scene, &vocabulary, options.seed);
        let (armchair, sofa) = (segmenter.wrong_object.unwrap(), vocabulary.id("sofa").unwrap());
        let (mut views, mut wrong) = (0, 0);
        for (view, shot) in crate::path::shots(&scene, room.size, &options).iter().enumerate() {
            let truth = ObjectImage::of(&scene, &shot.camera);
            let mask = segmenter.mask(&truth, view as u64);
            let ids: Vec<u16> =
                (0..mask.ids.len()).filter(|&i| truth.objects[i] == Some(armchair)).map(|i| mask.ids[i]).collect();
            if ids.len() > 60 {
                views += 1;
                wrong += usize::from(2 * ids.iter().filter(|&&id| id == sofa).count() > ids.len());
            }
        }
        assert!(views >= 8 && wrong * 10 >= views * 6, "{wrong} of {views}");
    }
}
