//! `semsplat info` of a cloud file.

use crate::error::CliError;
use crate::progress::{grouped, say};
use serde::Serialize;
use splat_core::Cloud;
use splat_io::read_cloud;
use std::path::{Path, PathBuf};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct CloudInfo {
    path: PathBuf,
    gaussians: usize,
    sh_degree: u8,
    /// Bounds of the means in world units; null for an empty cloud.
    low: Option<[f32; 3]>,
    high: Option<[f32; 3]>,
    /// Share of rows that hold a NaN or an infinity.
    broken: f64,
    mean_opacity: f64,
    classes: Vec<ClassCount>,
}

#[derive(Debug, Serialize)]
struct ClassCount {
    id: u16,
    name: String,
    gaussians: usize,
    /// Mean probability of the class over its Gaussians.
    confidence: f64,
}

/// Prints what a cloud holds.
pub fn run(path: &Path, json: bool) -> Result<(), CliError> {
    let info = CloudInfo::of(path, &read_cloud(path)?);
    if json {
        say(&serde_json::to_string_pretty(&info).unwrap_or_default());
    } else {
        info.print();
    }
    Ok(())
}

impl CloudInfo {
    fn of(path: &Path, cloud: &Cloud) -> Self {
        let n = cloud.len();
        let bounds = cloud.bounds();
        let is_broken = |row: &usize| {
            !(cloud.means[*row].is_finite() && cloud.log_scales[*row].is_finite() && cloud.opacity(*row).is_finite())
        };
        let mut counts = vec![(0usize, 0.0f64); cloud.class_count()];
        for (column, probability) in (0..n).filter_map(|row| cloud.row_class(row)) {
            counts[column].0 += 1;
            counts[column].1 += probability as f64;
        }
        let class = |(class, &(gaussians, sum)): (&splat_core::ClassInfo, &(usize, f64))| ClassCount {
            id: class.id,
            name: class.name.clone(),
            gaussians,
            confidence: sum / gaussians.max(1) as f64,
        };
        Self {
            path: path.to_owned(),
            gaussians: n,
            sh_degree: cloud.sh_degree,
            low: bounds.map(|b| b.0.to_array()),
            high: bounds.map(|b| b.1.to_array()),
            broken: (0..n).filter(is_broken).count() as f64 / n.max(1) as f64,
            mean_opacity: (0..n).map(|row| cloud.opacity(row) as f64).sum::<f64>() / n.max(1) as f64,
            classes: cloud.classes.classes.iter().zip(&counts).map(class).collect(),
        }
    }

    fn print(&self) {
        let line = |what: &str, text: String| say(&format!("{what:<14}{text}"));
        line("cloud", self.path.display().to_string());
        line("Gaussians", grouped(self.gaussians as u64));
        line("SH degree", self.sh_degree.to_string());
        if let (Some(low), Some(high)) = (self.low, self.high) {
            line("bounds", format!("{low:.3?} to {high:.3?} world units"));
        }
        line("opacity", format!("{:.3} on average", self.mean_opacity));
        if self.broken > 0.0 {
            line(
                "broken",
                format!("{:.2} % of the rows hold a NaN or an infinity and are not drawn", 100.0 * self.broken),
            );
        }
        match self.classes.len() {
            0 => line("classes", "none: `semsplat export --format labelled` and `train` write them".to_owned()),
            n => line("classes", n.to_string()),
        }
        for class in &self.classes {
            let (count, share) = (grouped(class.gaussians as u64), 100.0 * class.confidence);
            say(&format!("  {:>5}  {:<24} {count:>9} Gaussians, {share:.0} % sure", class.id, class.name));
        }
    }
}
