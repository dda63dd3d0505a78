//! Does what commands ask for, and keeps histories in step with what others do to clouds.

use crate::commands::{EditAction, EditError, EditNews, SplatEditCommand, SplatEditEvent};
use crate::export::Exports;
use crate::history::SplatEdits;
use crate::selection::{Chooser, SplatSelection, Subject};
use crate::tint::Tinted;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_splat_query::{CloudSnapshot, ObjectRows, Surface, SurfaceQueue, SurfaceTicket};
use bevy_splat_render::camera::CloudPose;
use bevy_splat_render::{SplatCloud, SplatSource};
use splat_core::selection::{RowSet, grown, shrunk};
use std::collections::VecDeque;
use std::sync::Arc;

/// Clouds with rows in memory get a history; where somebody else replaced the rows it begins anew.
pub(crate) fn attach(
    mut commands: Commands,
    clouds: Query<(Entity, &SplatCloud, Option<&SplatEdits>), Changed<SplatCloud>>,
) {
    for (entity, cloud, edits) in &clouds {
        match cloud.cloud() {
            Some(rows) if edits.is_some_and(|edits| Arc::ptr_eq(edits.shown(), rows)) => {}
            Some(rows) if rows.check_shape().is_ok() => {
                let none = SplatSelection(RowSet::none(rows.len()));
                commands.entity(entity).insert((SplatEdits::new(rows.clone()), none));
            }
            _ => drop(commands.entity(entity).remove::<(SplatEdits, SplatSelection, Tinted)>()),
        }
    }
}

/// Choices that systems wrote themselves join the history.
pub(crate) fn notice(mut clouds: Query<(&mut SplatEdits, &SplatSelection), Changed<SplatSelection>>) {
    for (mut edits, selection) in &mut clouds {
        if edits.chosen() != selection.0 {
            edits.choose(&selection.0);
        }
    }
}

type Edited<'w> = (
    &'w mut SplatCloud,
    Option<&'w mut SplatEdits>,
    Option<&'w mut SplatSelection>,
    Option<&'w CloudSnapshot>,
    Option<&'w ObjectRows>,
    &'w GlobalTransform,
);

/// Commands that were not obeyed yet: one that waits for the GPU keeps those behind it waiting.
#[derive(Resource, Default)]
pub(crate) struct Orders(VecDeque<Order>);

struct Order {
    command: SplatEditCommand,
    ticket: Option<SurfaceTicket>,
    surface: Option<Surface>,
}

impl Order {
    /// True once nothing must be waited for.
    fn is_ready(&mut self, means: &Means) -> bool {
        let EditAction::Select { choice, .. } = &self.command.action else { return true };
        let Some(camera) = means.chooser.needed_surface(choice) else { return true };
        match self.ticket.get_or_insert_with(|| means.surfaces.ask(camera)).take() {
            None => false,
            Some(surface) => {
                self.surface = surface;
                true
            }
        }
    }
}

/// What commands are obeyed with.
#[derive(SystemParam)]
pub(crate) struct Means<'w, 's> {
    chooser: Chooser<'w, 's>,
    surfaces: Res<'w, SurfaceQueue>,
    exports: ResMut<'w, Exports>,
    commands: Commands<'w, 's>,
}

/// Obeys, in the order of the commands.
pub(crate) fn obey(
    mut messages: MessageReader<SplatEditCommand>,
    mut orders: ResMut<Orders>,
    mut clouds: Query<Edited>,
    mut means: Means,
    mut events: MessageWriter<SplatEditEvent>,
) {
    let new = |command: &SplatEditCommand| Order { command: command.clone(), ticket: None, surface: None };
    orders.0.extend(messages.read().map(new));
    while let Some(front) = orders.0.front_mut() {
        // Rows that cannot be edited are refused at once.
        let is_editable = clouds.get(front.command.cloud).is_ok_and(|(_, edits, ..)| edits.is_some());
        if is_editable && !front.is_ready(&means) {
            break;
        }
        let Some(Order { command: SplatEditCommand { cloud: entity, action }, surface, .. }) = orders.0.pop_front()
        else {
            break;
        };
        let outcome = match clouds.get_mut(entity) {
            Ok((cloud, Some(edits), Some(selection), snapshot, objects, place)) => {
                let mut desk = Desk { entity, cloud, edits, selection, snapshot, objects, place, surface };
                desk.obey(&action, &mut means)
            }
            Ok((cloud, ..)) => Err(match cloud.source {
                SplatSource::Live(_) => EditError::InTraining,
                _ => EditError::NotLoaded,
            }),
            Err(_) => Err(EditError::NoCloud),
        };
        let what = match outcome {
            Ok(news) => news,
            Err(error) => Some(EditNews::Refused(error)),
        };
        events.write_batch(what.map(|what| SplatEditEvent { cloud: entity, what }));
    }
}

/// A cloud that is worked on.
struct Desk<'a> {
    entity: Entity,
    cloud: Mut<'a, SplatCloud>,
    edits: Mut<'a, SplatEdits>,
    selection: Mut<'a, SplatSelection>,
    snapshot: Option<&'a CloudSnapshot>,
    objects: Option<&'a ObjectRows>,
    place: &'a GlobalTransform,
    surface: Option<Surface>,
}

impl Desk<'_> {
    /// `None` where the answer comes later.
    fn obey(&mut self, action: &EditAction, means: &mut Means) -> Result<Option<EditNews>, EditError> {
        let chosen = self.edits.chosen();
        let shown = self.edits.shown().clone();
        match action {
            EditAction::Select { choice, operation } => {
                let (entity, place, snapshot, objects) = (self.entity, self.place, self.snapshot, self.objects);
                let surface = self.surface.as_ref();
                let subject = Subject { entity, cloud: &shown, place, snapshot, objects, surface };
                let rows = means.chooser.rows(&subject, choice)?;
                self.edits.choose(&chosen.combined(&rows, *operation));
            }
            EditAction::Invert => self.edits.choose(&chosen.inverted()),
            EditAction::Grow(distance) => {
                let grown = grown(&shown, &chosen, self.in_cloud(*distance));
                self.edits.choose(&grown);
            }
            EditAction::Shrink(distance) => {
                let shrunk = shrunk(&shown, &chosen, self.in_cloud(*distance));
                self.edits.choose(&shrunk);
            }
            EditAction::Clear => self.edits.choose(&RowSet::none(shown.len())),
            EditAction::Hide => self.edits.hide()?,
            EditAction::ShowAll => self.edits.show_all(),
            EditAction::Delete => self.edits.delete()?,
            EditAction::Undo => self.edits.undo()?,
            EditAction::Redo => self.edits.redo()?,
            EditAction::Export(_) if chosen.is_empty() => return Err(EditError::NothingChosen),
            EditAction::Export(path) => {
                means.exports.start(self.entity, shown, Some(chosen), path.clone());
                return Ok(None);
            }
            EditAction::Save(path) => {
                means.exports.start(self.entity, shown, None, path.clone());
                return Ok(None);
            }
        }
        self.show(&mut means.commands);
        let (chosen, shown) = (self.selection.0.count(), self.edits.shown().len());
        Ok(Some(EditNews::Done { chosen, shown }))
    }

    /// Brings the cloud and its selection in step with the history.
    fn show(&mut self, commands: &mut Commands) {
        self.selection.set_if_neq(SplatSelection(self.edits.chosen()));
        let shown = self.edits.shown().clone();
        if self.cloud.cloud().is_some_and(|rows| Arc::ptr_eq(rows, &shown)) {
            return;
        }
        if let Some(snapshot) = self.snapshot {
            self.edits.note_classes(&snapshot.cloud, &snapshot.row_classes);
        }
        if let Some(classes) = self.edits.shown_classes() {
            commands.entity(self.entity).insert(CloudSnapshot::known(shown.clone(), classes));
        }
        self.cloud.source = SplatSource::Cloud(shown);
    }

    /// World units to the cloud's own.
    fn in_cloud(&self, distance: f32) -> f32 {
        CloudPose::new(self.place).map_or(0.0, |pose| distance / pose.scale)
    }
}
