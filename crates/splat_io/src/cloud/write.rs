//! Writes clouds.

use super::{PlyFlavour, header, top};
use crate::IoError;
use crate::files::write_atomic_with;
use splat_core::{Cloud, sh};
use std::io::Write;
use std::path::Path;

/// Writes a cloud as binary little-endian 3DGS PLY: `x y z nx ny nz f_dc_* f_rest_* opacity scale_* rot_*` and, in
/// the labelled flavour, `semantic_*`. `f_rest` is channel-major, as 3DGS has it.
///
/// Errors: columns of different length, [`PlyFlavour::ColouredByClass`] without classes, a full disk.
pub fn write_cloud(path: &Path, cloud: &Cloud, flavour: PlyFlavour) -> Result<(), IoError> {
    cloud.check_shape().map_err(|e| IoError::bad(path, format!("cannot be written: {e}")))?;
    let needs_classes = matches!(flavour, PlyFlavour::ColouredByClass | PlyFlavour::TopK(_));
    if needs_classes && cloud.class_count() == 0 && !cloud.is_empty() {
        return Err(IoError::bad(path, "cannot be written by class: the cloud has no classes"));
    }
    write_atomic_with(path, |out| {
        write_header(out, cloud, flavour)?;
        let mut row = Vec::with_capacity(62 + cloud.class_count());
        for index in 0..cloud.len() {
            row.clear();
            fill_row(&mut row, cloud, index, flavour);
            row.iter().try_for_each(|v: &f32| out.write_all(&v.to_le_bytes()))?;
            if let PlyFlavour::TopK(k) = flavour {
                let best = top::of_row(cloud, index, k);
                best.iter().try_for_each(|(column, _)| out.write_all(&cloud.classes.id(*column).to_le_bytes()))?;
                best.iter().try_for_each(|(_, p)| out.write_all(&p.to_le_bytes()))?;
            }
        }
        Ok(())
    })
}

fn write_header(out: &mut dyn Write, cloud: &Cloud, flavour: PlyFlavour) -> std::io::Result<()> {
    writeln!(out, "ply\nformat binary_little_endian 1.0")?;
    if cloud.antialiased {
        writeln!(out, "comment {}", header::ANTIALIASED)?;
    }
    let labelled = flavour == PlyFlavour::Labelled;
    if let PlyFlavour::TopK(k) = flavour {
        writeln!(out, "comment semantic_top {}", k.min(cloud.class_count()))?;
    }
    if labelled || matches!(flavour, PlyFlavour::TopK(_)) {
        header::comments(cloud).iter().try_for_each(|line| writeln!(out, "comment {line}"))?;
    }
    writeln!(out, "element vertex {}", cloud.len())?;
    let rest = 3 * (cloud.sh_coefficients() - 1);
    let numbered = |stem: &'static str, n: usize| (0..n).map(move |i| format!("{stem}_{i}"));
    let names = ["x", "y", "z", "nx", "ny", "nz"].into_iter().map(str::to_owned);
    let names = names.chain(numbered("f_dc", 3)).chain(numbered("f_rest", rest)).chain(["opacity".to_owned()]);
    let names = names.chain(numbered("scale", 3)).chain(numbered("rot", 4));
    let mut names = names.chain(numbered("semantic", if labelled { cloud.class_count() } else { 0 }));
    names.try_for_each(|name| writeln!(out, "property float {name}"))?;
    if let PlyFlavour::TopK(k) = flavour {
        let k = k.min(cloud.class_count());
        (0..k).try_for_each(|i| writeln!(out, "property ushort top_id_{i}"))?;
        (0..k).try_for_each(|i| writeln!(out, "property float top_probability_{i}"))?;
    }
    writeln!(out, "end_header")
}

fn fill_row(row: &mut Vec<f32>, cloud: &Cloud, index: usize, flavour: PlyFlavour) {
    let k = cloud.sh_coefficients();
    row.extend(cloud.means[index].to_array());
    row.extend([0.0; 3]);
    if flavour == PlyFlavour::ColouredByClass {
        let colour = cloud.row_class(index).map_or([0; 3], |(column, _)| cloud.classes.classes[column].colour);
        row.extend(colour.map(|channel| sh::dc_from_colour(channel as f32 / 255.0)));
        row.extend(std::iter::repeat_n(0.0, 3 * (k - 1)));
    } else {
        let sh = &cloud.sh[index * k..(index + 1) * k];
        row.extend(sh[0]);
        (0..3).for_each(|channel| row.extend(sh[1..].iter().map(|c| c[channel])));
    }
    row.push(cloud.opacity_logits[index]);
    row.extend(cloud.log_scales[index].to_array());
    row.extend(cloud.rotations[index]);
    if flavour == PlyFlavour::Labelled {
        row.extend(cloud.row_logits(index));
    }
}
