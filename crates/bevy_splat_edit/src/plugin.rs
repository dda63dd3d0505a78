//! What runs when.

use crate::commands::{SplatEditCommand, SplatEditEvent};
use crate::export::{Exports, finish_exports};
use crate::obey::{Orders, attach, notice, obey};
use crate::tint::{SelectionTint, paint};
use bevy::prelude::*;
use bevy_splat_render::SplatRenderSystems;

/// Selection and editing of clouds; needs the plugins of `bevy_splat_render` and `bevy_splat_query`.
#[derive(Default)]
pub struct SplatEditPlugin;

impl Plugin for SplatEditPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<SelectionTint>()
            .init_resource::<Exports>()
            .init_resource::<Orders>()
            .add_message::<SplatEditCommand>()
            .add_message::<SplatEditEvent>()
            .add_systems(PreUpdate, finish_exports)
            .add_systems(
                PostUpdate,
                (attach, notice, obey)
                    .chain()
                    .after(TransformSystems::Propagate)
                    .before(SplatRenderSystems::UpdateScenes),
            )
            .add_systems(PostUpdate, paint.after(SplatRenderSystems::UpdateScenes));
    }
}
