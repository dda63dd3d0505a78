//! A CPU twin of every stage in f64, written to be read. Used by tests only.
//!
//! Contents, in the order of a training step:
//!
//! * [`rows`]: Gaussians (or their gradients, or moments) as plain f64 columns
//! * [`rules`]: the numbers of the published rendering rules, and what a render may be told
//! * [`camera`], [`covariance`], [`sh`]: helpers of projection, each with its derivative beside it
//! * [`project`]: rows and a view to 2D splats
//! * [`blocks`]: which 8x8 pixel blocks a splat reaches, exactly
//! * [`sort`]: depth order and tile lists
//! * [`forward`]: blends colour, depth and class channels
//! * [`loss`] with [`ssim`]: L1 + SSIM, cross-entropy, entropy, and their gradients
//! * [`exposure`]: what a photograph's exposure makes of colours
//! * [`backward`]: pixel gradients back to rows
//! * [`pose`]: the gradient by a small motion of the view, and how poses are refined
//! * [`optimise`]: a step of Adam
//! * [`densify`]: clone, split, prune, opacity reset
//! * [`mcmc`]: relocation, regularisation and noise of 3DGS-MCMC
//! * [`lift`]: labels to class logits in closed form
//! * [`grouping`]: codes and their classifier, instead of class logits
//! * [`neighbours`]: a sample of the rows and who lies next to them
//! * [`smoothing`]: how far neighbours disagree on their class
//! * [`planes`]: how classes draw Gaussians to their planes
//! * [`pick`]: what one pixel shows, and the surface that it shows
//! * [`step`]: the stages chained: [`step::render`] and [`step::loss_and_gradients`]
//! * [`fixture`]: small random scenes to try all of it on

pub mod backward;
pub mod blocks;
pub mod camera;
pub mod covariance;
pub mod densify;
pub mod exposure;
pub mod fixture;
pub mod forward;
pub mod grouping;
pub mod lift;
pub mod loss;
pub mod mcmc;
pub mod neighbours;
pub mod optimise;
pub mod pick;
pub mod planes;
pub mod pose;
pub mod project;
pub mod rows;
pub mod rules;
pub mod sh;
pub mod smoothing;
pub mod sort;
pub mod ssim;
pub mod step;

pub use exposure::Exposure;
pub use forward::{Frame, Rendered};
pub use loss::{LossWeights, Target};
pub use pose::Twist;
pub use project::Splat;
pub use rows::{Column, Rows};
pub use rules::RenderSettings;
pub use step::{Step, loss_and_gradients, loss_value, render, render_stages};
