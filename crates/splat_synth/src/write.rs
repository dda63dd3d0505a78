//! Makes a room from beginning to end and writes it as a ScanNet++ data root.

use crate::export::{annotations, cameras, colmap};
use crate::labels::ObjectImage;
use crate::light::bake;
use crate::options::{Progress, RoomOptions, RoomSummary};
use crate::path::{Shot, shots};
use crate::photo::Photographer;
use crate::random::mix64;
use crate::room::Room;
use crate::scene::Scene;
use crate::segmenter::Segmenter;
use crate::{SynthError, sparse};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use splat_core::{Split, Vocabulary};
use splat_io::masks::write_mask;
use splat_io::{IoError, write_atomic, write_mesh};
use splat_labels::vocabulary::SCANNETPP_TOP100;
use std::path::{Path, PathBuf};

/// Quality of the photographs, 1..=100.
const JPEG_QUALITY: u8 = 92;

/// Folder of the imitated segmenter's masks below `dslr`.
pub const NOISY_MASKS: &str = "semantic_noisy";

/// Makes the room of `options.seed` and writes it below `out`, laid out as a ScanNet++ data root:
/// `splits`, `metadata` and `data/<scene id>` with photographs, poses, sparse points, annotated mesh and noisy masks.
///
/// `progress` is called from time to time, from the calling thread.
///
/// Errors: an option out of range, `out` exists and is not empty, a file that cannot be written.
pub fn write_room(
    out: &Path,
    options: &RoomOptions,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<RoomSummary, SynthError> {
    options.check()?;
    let files = Files::new(out, options.seed)?;
    let say = |stage, fraction| progress(Progress { stage, fraction });
    say("furnishing", 0.0);
    let room = Room::new(options.seed);
    let scene = Scene::new(room.objects);
    let shots = shots(&scene, room.size, options);
    let light = bake(&scene, &room.lights, options.seed, &options.bake(), &|share| {
        say("tracing light", 0.02 + 0.53 * share);
    });
    let photographer = Photographer::new(&scene, &light, &room.lights.outdoors);
    let mut photos = Vec::with_capacity(shots.len());
    for (index, shot) in shots.iter().enumerate() {
        photos.push(photographer.photograph(&shot.camera, options.samples, options.seed, index as u64));
        files.photo(shot, &photos[index])?;
        say("taking photographs", 0.55 + 0.37 * (index + 1) as f32 / shots.len() as f32);
    }
    let vocabulary = Vocabulary::from_lines(SCANNETPP_TOP100);
    let train: Vec<Shot> = shots.iter().filter(|s| s.split == Split::Train).cloned().collect();
    let points = sparse::reconstruct(&scene, &photographer, &train, &photos, options.seed, options.sparse_points());
    say("reconstructing points", 0.95);
    files.cameras(&shots, &points)?;
    let annotated = files.mesh(&scene, &photographer)?;
    let segmenter = Segmenter::new(&scene, &vocabulary, options.seed);
    for (index, shot) in shots.iter().enumerate() {
        let truth = ObjectImage::of(&scene, &shot.camera);
        let path = files.dslr.join(NOISY_MASKS).join(format!("{}.png", shot.name));
        write_mask(&path, &segmenter.mask(&truth, index as u64))?;
    }
    files.lists(&scene)?;
    say("done", 1.0);
    let present = vocabulary.names.iter().filter(|n| scene.labels.contains(&n.as_str()));
    Ok(RoomSummary {
        scene: files.scene.clone(),
        id: files.id.clone(),
        train_views: train.len(),
        test_views: shots.len() - train.len(),
        classes: present.cloned().collect(),
        objects: scene.labels.len(),
        vertices: annotated.0,
        faces: annotated.1,
        points: points.len(),
    })
}

/// Where everything goes.
struct Files {
    root: PathBuf,
    scene: PathBuf,
    dslr: PathBuf,
    id: String,
}

impl Files {
    fn new(root: &Path, seed: u64) -> Result<Self, SynthError> {
        match std::fs::read_dir(root).map(|mut entries| entries.next().is_some()) {
            Ok(true) => return Err(SynthError::NotEmpty { path: root.to_owned() }),
            Ok(false) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(IoError::read(root, e).into()),
        }
        let id = format!("{:010x}", mix64(seed) >> 24);
        let scene = root.join("data").join(&id);
        let dslr = scene.join("dslr");
        let files = Self { root: root.to_owned(), scene, dslr, id };
        let folders = [
            files.root.join("splits"),
            files.root.join("metadata/semantic_benchmark"),
            files.dslr.join("resized_undistorted_images_4x"),
            files.dslr.join("nerfstudio"),
            files.dslr.join("colmap"),
            files.dslr.join(NOISY_MASKS),
            files.scene.join("scans"),
        ];
        for folder in folders {
            std::fs::create_dir_all(&folder).map_err(|e| IoError::write(&folder, e))?;
        }
        Ok(files)
    }

    fn photo(&self, shot: &Shot, photo: &RgbImage) -> Result<(), SynthError> {
        let path = self.dslr.join("resized_undistorted_images_4x").join(&shot.name);
        let mut bytes = Vec::new();
        let encoded = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(photo);
        encoded.map_err(|source| SynthError::Encode { path: path.clone(), source })?;
        Ok(write_atomic(&path, &bytes)?)
    }

    fn cameras(&self, shots: &[Shot], points: &[sparse::Point]) -> Result<(), SynthError> {
        let model = colmap::model(shots, points);
        let colmap = self.dslr.join("colmap");
        write_atomic(&colmap.join("cameras.txt"), model.cameras.as_bytes())?;
        write_atomic(&colmap.join("images.txt"), model.images.as_bytes())?;
        write_atomic(&colmap.join("points3D.txt"), model.points.as_bytes())?;
        let poses = cameras::transforms(shots);
        splat_io::write_json(&self.dslr.join("nerfstudio/transforms_undistorted_4x.json"), &poses)?;
        Ok(splat_io::write_json(&self.dslr.join("train_test_lists.json"), &cameras::lists(shots))?)
    }

    /// Writes mesh and annotations; numbers of vertices and faces.
    fn mesh(&self, scene: &Scene, photographer: &Photographer) -> Result<(usize, usize), SynthError> {
        let scans = self.scene.join("scans");
        let annotated = annotations::annotate(scene, photographer);
        write_mesh(&scans.join("mesh_aligned_0.05.ply"), &annotated.mesh)?;
        let compact = |value: serde_json::Value| format!("{value}\n").into_bytes();
        write_atomic(&scans.join("segments.json"), &compact(annotated.segments_json(&self.id)))?;
        write_atomic(&scans.join("segments_anno.json"), &compact(annotated.annotations_json(scene, &self.id)))?;
        // Vertices to ignore: none.
        write_atomic(&scans.join("mesh_aligned_0.05_mask.txt"), b"")?;
        Ok((annotated.mesh.vertices.len(), annotated.mesh.faces.len()))
    }

    fn lists(&self, scene: &Scene) -> Result<(), SynthError> {
        let top100 = SCANNETPP_TOP100.as_bytes();
        write_atomic(&self.root.join("metadata/semantic_benchmark/top100.txt"), top100)?;
        write_atomic(&self.dslr.join(NOISY_MASKS).join("classes.txt"), top100)?;
        // The scene's own classes, in the order of the list.
        let present: Vec<&str> = SCANNETPP_TOP100.lines().filter(|l| scene.labels.contains(l)).collect();
        let classes = format!("{}\n", present.join("\n"));
        write_atomic(&self.root.join("metadata/semantic_classes.txt"), classes.as_bytes())?;
        Ok(write_atomic(&self.root.join("splits/nvs_sem_train.txt"), format!("{}\n", self.id).as_bytes())?)
    }
}
