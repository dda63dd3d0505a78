//! Semantic Gaussian splats in Bevy: train them, show them, ask them.
//!
//! ```no_run
//! use bevy::prelude::*;
//! use bevy_semantic_splats::prelude::*;
//!
//! App::new()
//!     .add_plugins((DefaultPlugins, SemanticSplatPlugins))
//!     .add_systems(Startup, |mut commands: Commands| {
//!         commands.spawn((SplatCloud::from_ply("room.ply"), Transform::from_rotation(SplatCloud::Z_UP)));
//!         commands.spawn((
//!             Camera3d::default(),
//!             SplatView { mode: DisplayMode::Overlay, ..default() },
//!             bevy::core_pipeline::tonemapping::Tonemapping::None,
//!             Msaa::Off,
//!             Transform::from_xyz(0.0, 1.6, 3.0),
//!         ));
//!     })
//!     .run();
//! ```
//!
//! * [`render`]: clouds, views, the GPU that everything shares
//! * [`train`]: training runs on captures, while the app runs
//! * [`query`]: picks and class queries
//! * [`edit`]: selections, and what is done to them
//! * [`remote`]: the same questions from outside the app, over HTTP; not part of [`SemanticSplatPlugins`]
//! * [`ui`]: egui panels; not part of [`SemanticSplatPlugins`], because they need `EguiPlugin`
//! * [`splat_core`], [`splat_io`]: the vocabulary, and clouds and captures in and out, without Bevy

pub use {bevy_splat_edit as edit, bevy_splat_query as query, bevy_splat_remote as remote};
pub use {bevy_splat_render as render, bevy_splat_train as train, bevy_splat_ui as ui};
pub use {splat_core, splat_io};

use bevy::app::{PluginGroup, PluginGroupBuilder};

/// Everything that shows, trains, queries and edits splats; add it beside `DefaultPlugins`. Panels come from [`ui`].
///
/// Without a fitting GPU the app runs on: one warning, nothing is shown or trained, picks are answered with nothing.
pub struct SemanticSplatPlugins;

impl PluginGroup for SemanticSplatPlugins {
    fn build(self) -> PluginGroupBuilder {
        PluginGroupBuilder::start::<Self>()
            .add(render::SplatRenderPlugin)
            .add(train::TrainingPlugin)
            .add(query::SplatQueryPlugin)
            .add(edit::SplatEditPlugin)
    }
}

/// What an app needs by name.
pub mod prelude {
    pub use crate::SemanticSplatPlugins;
    pub use bevy_splat_edit::{
        Choice, EditAction, EditNews, ScreenShape, SetOperation, SplatEditCommand, SplatEditEvent, SplatEdits,
        SplatSelection,
    };
    pub use bevy_splat_query::{
        ClassLabel, ClassQuery, ClassSummary, CloudSnapshot, FindObjects, FoundObject, FoundRow, PickAnswer, PickHit,
        PickRequest, PickedClass, Question, RefreshSnapshot, Region, RowFilter, SemanticQuery, SplatObject,
    };
    pub use bevy_splat_remote::{RemoteAddress, SplatRemotePlugin};
    pub use bevy_splat_render::{
        ClassPalette, ClassStyle, ClassStyles, CloudFailed, DisplayMode, GpuStatus, SharedScene, SplatAsset,
        SplatCloud, SplatGpu, SplatIntrinsics, SplatSource, SplatView, camera_from_transform, transform_from_camera,
    };
    pub use bevy_splat_train::{TrainSettings, TrainingAction, TrainingBudget, TrainingCommand, TrainingRun};
}
