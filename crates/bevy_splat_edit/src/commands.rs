//! What a cloud may be told, and what comes back.

use crate::selection::Choice;
use bevy::prelude::*;
use splat_core::selection::SetOperation;
use std::path::PathBuf;

/// Tells a cloud what to do; a [`SplatEditEvent`] answers.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct SplatEditCommand {
    /// The cloud entity.
    pub cloud: Entity,
    /// What to do.
    pub action: EditAction,
}

/// What a cloud may be told.
#[derive(Clone, Debug, PartialEq)]
pub enum EditAction {
    /// Choose rows.
    Select {
        /// Which.
        choice: Choice,
        /// How they join those that are chosen.
        operation: SetOperation,
    },
    /// Choose what is not chosen.
    Invert,
    /// Choose what lies within this distance (world units) of what is chosen, too.
    Grow(f32),
    /// Let go what lies within this distance (world units) of what is not chosen.
    Shrink(f32),
    /// Choose nothing.
    Clear,
    /// Show what is chosen no longer: it is neither picked nor found nor saved until [`EditAction::ShowAll`].
    Hide,
    /// Show what was hidden.
    ShowAll,
    /// Remove what is chosen.
    Delete,
    /// Take the last change back, a choice too.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Write what is chosen as labelled 3DGS PLY, in the background.
    Export(PathBuf),
    /// Write everything that is shown as labelled 3DGS PLY, in the background.
    Save(PathBuf),
}

/// Answers a [`SplatEditCommand`].
#[derive(Message, Clone, Debug, PartialEq)]
pub struct SplatEditEvent {
    /// As told.
    pub cloud: Entity,
    /// What came of it.
    pub what: EditNews,
}

/// What may come of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum EditNews {
    /// So many rows are chosen now, of so many that are shown.
    Done {
        /// Chosen rows.
        chosen: usize,
        /// Shown rows.
        shown: usize,
    },
    /// A file is there.
    Written {
        /// The file.
        path: PathBuf,
        /// Its rows.
        rows: usize,
    },
    /// Nothing was done.
    Refused(EditError),
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The rows belong to a training run.
    InTraining,
    /// There is no such cloud.
    NoCloud,
    /// Its rows are not there yet, or could not be read.
    NotLoaded,
    /// The cloud's classes are still being looked at.
    ClassesNotReady,
    /// The cloud's objects are being found anew.
    ObjectsNotReady,
    /// No class is called so.
    NoClass(String),
    /// The entity is no object of this cloud.
    NoObject,
    /// The entity is no camera that shows splats.
    NoCamera,
    /// The camera has no picture of splats.
    NoPicture,
    /// No row is chosen.
    NothingChosen,
    /// Nothing is left to take back.
    NothingToUndo,
    /// Nothing was taken back.
    NothingToRedo,
    /// A file could not be written.
    NotWritten(String),
}

impl std::fmt::Display for EditError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Self::InTraining => "these rows are being trained: save the run and open the file to edit it",
            Self::NoCloud => "there is no such cloud",
            Self::NotLoaded => "the cloud is not loaded",
            Self::ClassesNotReady => "the cloud's classes are still being looked at: ask again in a moment",
            Self::ObjectsNotReady => "the cloud's objects are being found anew: ask again in a moment",
            Self::NoClass(name) => return write!(f, "no class is called `{name}`"),
            Self::NoObject => "that is no object of this cloud (does the cloud have FindObjects?)",
            Self::NoCamera => "that is no camera with a SplatView",
            Self::NoPicture => {
                "that camera has no picture of splats: choose through everything, or look at the cloud first"
            }
            Self::NothingChosen => "nothing is chosen",
            Self::NothingToUndo => "there is nothing to undo",
            Self::NothingToRedo => "there is nothing to redo",
            Self::NotWritten(reason) => reason,
        })
    }
}

impl std::error::Error for EditError {}
