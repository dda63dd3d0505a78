//! Metrics, protocols, plots and reports.
//!
//! Contents:
//!
//! * [`image_metrics`]: PSNR and SSIM
//! * [`exposed`]: PSNR but for the photograph's exposure
//! * [`lpips`]: LPIPS, with weights from a file
//! * [`confusion`]: confusion counts, mIoU and accuracy under the protocols `paper` and `dataset`
//! * [`boundary`]: boundary IoU
//! * [`calibration`]: whether certainty comes true
//! * [`matrix`]: the confusion matrix as a picture
//! * [`mapped`]: the same where prediction and truth speak of different classes
//! * [`flicker`]: labels that change between neighbouring frames
//! * [`vertices`]: classes in 3D, at a mesh's vertices
//! * [`depths`]: rendered surfaces, against those of a mesh
//! * [`object_boxes`]: boxes of objects, against annotated ones
//! * [`report`]: [`Report`], `report.json` and `report.md`
//! * [`markdown`]: what `report.md` says, and how
//! * [`key`]: colours and names of classes below pictures
//! * [`panels`]: photograph | render | classes pictures, legend, depth
//! * [`metrics`]: `metrics.jsonl`, the diary of a training run
//! * [`bars`]: bars in groups
//! * [`curves`]: its plot
//! * [`text`]: small print on pictures
//! * [`error`]: what can go wrong

pub mod bars;
pub mod boundary;
pub mod calibration;
pub mod confusion;
pub mod curves;
pub mod depths;
pub mod error;
pub mod exposed;
pub mod flicker;
pub mod image_metrics;
pub mod key;
pub mod lpips;
pub mod mapped;
pub mod markdown;
pub mod matrix;
pub mod metrics;
pub mod object_boxes;
pub mod panels;
pub mod report;
pub mod text;
pub mod vertices;

pub use bars::bar_chart;
pub use boundary::BoundaryCounts;
pub use calibration::Calibration;
pub use confusion::{Confusion, Segmentation, restricted_to};
pub use curves::training_curves;
pub use depths::DepthErrors;
pub use error::EvalError;
pub use exposed::psnr_exposed;
pub use image_metrics::{photo_rgb, photo_validity, psnr, ssim};
pub use key::class_key;
pub use lpips::{Lpips, LpipsDistances};
pub use mapped::MappedScoring;
pub use matrix::confusion_picture;
pub use metrics::{MetricRow, append_metrics, read_metrics, trim_metrics};
pub use panels::{Panel, class_picture, compose_panel, depth_picture, depth_to_png16, legend, picture_grid};
pub use report::{ClassReport, Pictures, Report, ViewReport, save_png, write_report};
