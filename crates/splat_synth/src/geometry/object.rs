//! An object: one labelled thing, built in its own frame and then put somewhere in the room.

use super::patch::Shape;
use crate::maths::turn_z;
use crate::surface::Material;
use glam::{Mat3, Vec3};

/// Index of a material within its object.
#[derive(Clone, Copy, Debug)]
pub struct MaterialId(u32);

/// One labelled thing.
#[derive(Clone, Debug)]
pub struct Object {
    /// ScanNet++ class name.
    pub label: &'static str,
    /// Surfaces.
    pub shape: Shape,
    /// Materials that the patches point to.
    pub materials: Vec<Material>,
    /// Seen by the scanner only: a window pane, which the camera looks through.
    pub invisible: bool,
}

impl Object {
    /// An empty object of a class.
    pub fn new(label: &'static str) -> Self {
        Self { label, shape: Shape::default(), materials: Vec::new(), invisible: false }
    }

    /// Registers a material.
    pub fn material(&mut self, material: Material) -> MaterialId {
        self.materials.push(material);
        MaterialId(self.materials.len() as u32 - 1)
    }

    /// Adds a piece.
    pub fn add(&mut self, shape: Shape, material: MaterialId) {
        let piece = self.shape.0.last().map_or(0, |p| p.piece + 1);
        for mut patch in shape.0 {
            (patch.material, patch.piece) = (material.0, piece);
            self.shape.0.push(patch);
        }
    }

    /// Turned by `yaw` radians about its own z axis, then put at `place`.
    pub fn placed(mut self, place: Vec3, yaw: f32) -> Self {
        self.shape = self.shape.turned(turn_z(yaw)).moved(place);
        self
    }

    /// Turned by any rotation, then put at `place`.
    pub fn posed(mut self, place: Vec3, turn: Mat3) -> Self {
        self.shape = self.shape.turned(turn).moved(place);
        self
    }
}
