//! Chosen rows wear a colour, on the GPU alone: files and snapshots do not know.

use crate::history::SplatEdits;
use crate::selection::SplatSelection;
use bevy::prelude::*;
use bevy_splat_render::{SharedScene, SplatGpu, SplatScenes};

/// How chosen rows look.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct SelectionTint {
    /// Colour, sRGB 0..1.
    pub colour: [f32; 3],
    /// How much of it, 0..1; 0: chosen rows look like all others.
    pub strength: f32,
}

impl Default for SelectionTint {
    fn default() -> Self {
        Self { colour: [1.0, 0.75, 0.1], strength: 0.65 }
    }
}

/// The scene that wears a tint, and which.
#[derive(Component)]
pub(crate) struct Tinted {
    scene: SharedScene,
    is_plain: bool,
}

/// Paints scenes whose selection, rows or tint changed.
pub(crate) fn paint(
    mut commands: Commands,
    gpu: Res<SplatGpu>,
    scenes: Res<SplatScenes>,
    tint: Res<SelectionTint>,
    clouds: Query<(Entity, &SplatEdits, Ref<SplatSelection>, Option<&Tinted>)>,
) {
    let Some(gpu) = gpu.get() else { return };
    for (entity, edits, selection, tinted) in &clouds {
        let Some(scene) = scenes.get(entity) else { continue };
        let same = tinted.filter(|tinted| tinted.scene.is_same(scene));
        if tinted.is_some() && same.is_none() {
            // Scenes that were replaced must not be kept alive.
            commands.entity(entity).remove::<Tinted>();
        }
        let is_plain = tint.strength <= 0.0 || selection.0.is_empty();
        let was_plain = same.is_none_or(|tinted| tinted.is_plain);
        let is_new = same.is_none() || selection.is_changed() || tint.is_changed();
        if !is_new || (is_plain && was_plain) {
            continue;
        }
        let rows = scene.lock().rows.as_ref().map(bevy_splat_render::scene::share);
        // Rows of before an edit are still on the GPU for this frame.
        let Some(rows) = rows.filter(|rows| rows.upper_bound as usize == edits.shown().len()) else { continue };
        rows.tint(&gpu, edits.shown(), &selection.0, tint.colour, tint.strength);
        scene.publish(&rows);
        commands.entity(entity).insert(Tinted { scene: scene.clone(), is_plain });
    }
}
