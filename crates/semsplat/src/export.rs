//! `semsplat export`: a trained cloud in the formats that other programs read.

use crate::clouds::LoadedCloud;
use crate::error::CliError;
use crate::labels::make_folder;
use crate::progress::{Progress, say};
use clap::{Args, ValueEnum};
use serde::Serialize;
use splat_core::objects::{Object, ObjectOptions, objects};
use splat_core::occupancy::{OccupancyGrid, OccupancyOptions};
use splat_core::{ClassInfo, Cloud};
use splat_io::cloud::{PlyFlavour, arrays, gltf, spz, write_cloud};
use splat_io::files::write_json;
use splat_io::write_classes;
use std::path::{Path, PathBuf};

/// Write a cloud in other formats.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat export runs/kitchen --format ply,classes --out exported
      exported/cloud.ply for any viewer of Gaussian splats, exported/classes.ply the same in the colours of its classes
  semsplat export runs/kitchen --format spz --out kitchen.spz
      one format of one file: --out may name the file
  semsplat export runs/kitchen --format per-object --out things
      things/objects/<id>_<class>_<n>.ply, one cloud per connected thing, and things/objects.json: class, box, confidence
  semsplat export runs/many --format labelled --top-k 4 --out compact
      only the four most probable classes per Gaussian: 24 bytes instead of 4 per class

Formats:
  ply         standard 3DGS PLY, no classes             cloud.ply
  labelled    with class logits and names               labelled.ply
  classes     standard PLY coloured by class            classes.ply
  per-class   one standard PLY per class                per_class/<id>_<class>.ply
  per-object  one standard PLY per connected thing      objects/<id>_<class>_<n>.ply, objects.json
  npy         NumPy arrays: class id, its probability,  labels.npy, confidence.npy, probabilities.npy, classes.json
              all probabilities per Gaussian
  occupancy   voxels with classes, for navigation       occupancy.npy, occupancy.json
  spz         SPZ, about a tenth of the size, no classes  cloud.spz
  gltf        binary glTF (KHR_gaussian_splatting), no classes  cloud.glb

Clouds of every format but npy and occupancy are read back wherever a cloud is expected (`semsplat info`, `semsplat render`).")]
pub struct ExportArgs {
    /// Run folder or cloud file
    pub cloud: PathBuf,
    /// Formats to write; several with commas, or say it again
    #[arg(long, value_enum, value_delimiter = ',', required = true, value_name = "FORMAT")]
    pub format: Vec<Format>,
    /// Folder to write into; a file name where one format of one file is asked for
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
    /// labelled: keep only the K most probable classes per Gaussian
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..))]
    pub top_k: Option<u16>,
    /// per-object: gap that still joins two parts, in world units [default: 1.2 % of the scene's diagonal]
    #[arg(long, value_name = "L", default_value_t = 0.0, hide_default_value = true)]
    pub link: f32,
    /// occupancy: edge of a voxel, in world units
    #[arg(long, value_name = "L", default_value_t = 0.1)]
    pub voxel: f32,
    /// per-class, per-object: least probability of a Gaussian's class
    #[arg(long, value_name = "P", default_value_t = 0.5)]
    pub min_probability: f32,
    /// Replace files that are there already
    #[arg(long)]
    pub overwrite: bool,
    /// Print the written files as JSON
    #[arg(long)]
    pub json: bool,
}

/// What can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Standard 3DGS PLY
    #[value(alias = "3dgs", alias = "plain")]
    Ply,
    /// PLY with class logits and names
    Labelled,
    /// Standard PLY coloured by class
    #[value(alias = "coloured", alias = "by-class")]
    Classes,
    /// One standard PLY per class
    PerClass,
    /// One standard PLY per connected thing
    PerObject,
    /// NumPy arrays
    Npy,
    /// Voxels with classes
    Occupancy,
    /// SPZ
    Spz,
    /// Binary glTF
    #[value(alias = "glb")]
    Gltf,
}

impl Format {
    /// Its file; `None` where it is a set of files.
    fn file_name(self) -> Option<&'static str> {
        match self {
            Self::Ply => Some("cloud.ply"),
            Self::Labelled => Some("labelled.ply"),
            Self::Classes => Some("classes.ply"),
            Self::Spz => Some("cloud.spz"),
            Self::Gltf => Some("cloud.glb"),
            Self::PerClass | Self::PerObject | Self::Npy | Self::Occupancy => None,
        }
    }

    fn needs_classes(self) -> bool {
        !matches!(self, Self::Ply | Self::Spz | Self::Gltf | Self::Occupancy)
    }
}

/// One line of objects.json.
#[derive(Serialize)]
struct ObjectInfo<'a> {
    file: String,
    class_id: u16,
    class: &'a str,
    gaussians: usize,
    /// Mean probability of the class.
    confidence: f32,
    centroid: [f32; 3],
    low: [f32; 3],
    high: [f32; 3],
}

/// Runs the command.
pub fn run(args: &ExportArgs) -> Result<(), CliError> {
    let progress = Progress::new(args.json);
    let files = export(args, &progress);
    progress.finish();
    let files = files?;
    if args.json {
        say(&format!("{:#}", serde_json::json!({ "files": files })));
    } else {
        files.iter().for_each(|file| say(&file.display().to_string()));
    }
    Ok(())
}

fn export(args: &ExportArgs, progress: &Progress) -> Result<Vec<PathBuf>, CliError> {
    let cloud = LoadedCloud::open(&args.cloud)?.cloud;
    if let Some(format) = args.format.iter().find(|f| f.needs_classes() && cloud.class_count() == 0) {
        let name = format.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned());
        let message = format!("{}: has no classes, which --format {name} needs", args.cloud.display());
        return Err(CliError::BadInput(message));
    }
    let folder = Target::of(args);
    folder.check(args)?;
    let mut files = Vec::new();
    for (i, &format) in args.format.iter().enumerate() {
        progress.stage("writing", i as f32 / args.format.len() as f32);
        files.extend(write(args, &folder, &cloud, format)?);
    }
    Ok(files)
}

/// Where files go.
enum Target<'a> {
    Folder(&'a Path),
    File(&'a Path),
}

impl<'a> Target<'a> {
    fn of(args: &'a ExportArgs) -> Self {
        let is_one_file = args.format.len() == 1 && args.format[0].file_name().is_some();
        let names_a_file = args.out.extension().is_some() && !args.out.is_dir();
        if is_one_file && names_a_file { Self::File(&args.out) } else { Self::Folder(&args.out) }
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder,
            Self::File(file) => file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")),
        }
    }

    fn file(&self, format: Format) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join(format.file_name().unwrap_or_default()),
            Self::File(file) => file.to_path_buf(),
        }
    }

    /// Says no before anything is written.
    fn check(&self, args: &ExportArgs) -> Result<(), CliError> {
        let places = args.format.iter().map(|&format| match format {
            Format::PerClass => self.folder().join("per_class"),
            Format::PerObject => self.folder().join("objects"),
            Format::Npy => self.folder().join("labels.npy"),
            Format::Occupancy => self.folder().join("occupancy.npy"),
            _ => self.file(format),
        });
        let taken = places.filter(|place| place.exists()).find(|_| !args.overwrite);
        match taken {
            Some(place) => {
                let cure = "is there already: choose another --out, or say --overwrite";
                Err(CliError::BadInput(format!("{}: {cure}", place.display())))
            }
            None => make_folder(self.folder()),
        }
    }
}

fn write(args: &ExportArgs, target: &Target, cloud: &Cloud, format: Format) -> Result<Vec<PathBuf>, CliError> {
    let file = target.file(format);
    match format {
        Format::Ply => write_cloud(&file, cloud, PlyFlavour::Plain)?,
        Format::Labelled => {
            let flavour = args.top_k.map_or(PlyFlavour::Labelled, |k| PlyFlavour::TopK(k.into()));
            write_cloud(&file, cloud, flavour)?;
        }
        Format::Classes => write_cloud(&file, cloud, PlyFlavour::ColouredByClass)?,
        Format::Spz => spz::write_spz(&file, cloud)?,
        Format::Gltf => gltf::write_glb(&file, cloud)?,
        Format::Npy => {
            let mut files = arrays::write_arrays(target.folder(), cloud)?;
            let classes = target.folder().join("classes.json");
            write_classes(&classes, &cloud.classes)?;
            files.push(classes);
            return Ok(files);
        }
        Format::Occupancy => {
            let options = OccupancyOptions { voxel: args.voxel, ..Default::default() };
            let grid = OccupancyGrid::new(cloud, &options).map_err(|e| CliError::BadInput(format!("--voxel: {e}")))?;
            return Ok(arrays::write_occupancy(target.folder(), &grid, &cloud.classes)?);
        }
        Format::PerClass => return per_class(args, target.folder(), cloud),
        Format::PerObject => return per_object(args, target.folder(), cloud),
    }
    Ok(vec![file])
}

fn per_class(args: &ExportArgs, folder: &Path, cloud: &Cloud) -> Result<Vec<PathBuf>, CliError> {
    let folder = folder.join("per_class");
    make_folder(&folder)?;
    let winners: Vec<_> = (0..cloud.len()).map(|row| cloud.row_class(row)).collect();
    let mut files = Vec::new();
    for (column, class) in cloud.classes.classes.iter().enumerate() {
        let is_of_it = |w: &Option<(usize, f32)>| w.is_some_and(|(c, p)| c == column && p >= args.min_probability);
        let rows: Vec<u32> = (0..).zip(&winners).filter(|(_, w)| is_of_it(w)).map(|(row, _)| row).collect();
        if rows.is_empty() {
            continue;
        }
        let file = folder.join(format!("{}.ply", stem(class)));
        write_cloud(&file, &cloud.subset(rows), PlyFlavour::Plain)?;
        files.push(file);
    }
    Ok(files)
}

fn per_object(args: &ExportArgs, folder: &Path, cloud: &Cloud) -> Result<Vec<PathBuf>, CliError> {
    make_folder(&folder.join("objects"))?;
    let options = ObjectOptions { link: args.link, min_probability: args.min_probability, ..Default::default() };
    let found = objects(cloud, &options);
    let (mut files, mut infos) = (Vec::new(), Vec::new());
    let mut number = 0;
    for (i, object) in found.iter().enumerate() {
        number = if i > 0 && found[i - 1].column == object.column { number + 1 } else { 1 };
        let class = &cloud.classes.classes[object.column];
        let name = format!("objects/{}_{number}.ply", stem(class));
        let file = folder.join(&name);
        write_cloud(&file, &cloud.subset(object.rows.iter().copied()), PlyFlavour::Plain)?;
        infos.push(info(name, class, object));
        files.push(file);
    }
    let list = folder.join("objects.json");
    write_json(&list, &infos)?;
    files.push(list);
    Ok(files)
}

fn info<'a>(file: String, class: &'a ClassInfo, object: &Object) -> ObjectInfo<'a> {
    ObjectInfo {
        file,
        class_id: class.id,
        class: &class.name,
        gaussians: object.rows.len(),
        confidence: object.probability,
        centroid: object.centroid.to_array(),
        low: object.low.to_array(),
        high: object.high.to_array(),
    }
}

/// `<id>_<class>` with nothing that a file name cannot hold.
fn stem(class: &ClassInfo) -> String {
    let name: String = class.name.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
    format!("{}_{name}", class.id)
}
