//! Clouds as 3DGS PLY files: one `vertex` element of float32, optionally with `semantic_*` columns at the end.
//!
//! Class ids and names travel in the header, one line per column:
//! `comment semantic_class <column> <vocabulary id> <name>`, and `comment semantic_colour <column> <r> <g> <b>`. Logits that
//! are not blended as such say how: `comment semantic_objective softmax`.

mod header;
mod read;
mod write;

pub use read::read_cloud;
pub use write::write_cloud;

/// What goes into a written cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PlyFlavour {
    /// Everything: class logits as `semantic_*` after the usual columns, names in the header.
    #[default]
    Labelled,
    /// The usual columns only, for viewers that refuse unknown ones.
    Plain,
    /// The usual columns only, each Gaussian in the display colour of its class, the same from every side.
    ColouredByClass,
}
