//! Clouds as 3DGS PLY files: one `vertex` element of float32, optionally with `semantic_*` columns at the end.
//!
//! Class ids and names travel in the header, one line per column:
//! `comment semantic_class <column> <vocabulary id> <name>`, and `comment semantic_colour <column> <r> <g> <b>`. Logits that
//! are not blended as such say how: `comment semantic_objective softmax`. Clouds trained with anti-aliasing say so in every
//! flavour: `comment splat_antialiased 1`.

//!
//! Also [`spz`] and [`gltf`], which carry no classes, and [`arrays`] for what every Gaussian is. [`read_cloud`] knows them by
//! their first bytes.

pub mod arrays;
pub mod gltf;
mod header;
mod read;
pub mod spz;
mod top;
mod write;

pub use read::{parse_cloud, read_cloud};
pub use write::write_cloud;

/// What goes into a written cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PlyFlavour {
    /// Everything: class logits as `semantic_*` after the usual columns, names in the header.
    #[default]
    Labelled,
    /// For many classes: the given number of most probable classes per Gaussian, as `top_id_*` and `top_probability_*`, names in
    /// the header. Read back as logits, what is left of the probability spread evenly over the other classes.
    TopK(usize),
    /// The usual columns only, for viewers that refuse unknown ones.
    Plain,
    /// The usual columns only, each Gaussian in the display colour of its class, the same from every side.
    ColouredByClass,
}
