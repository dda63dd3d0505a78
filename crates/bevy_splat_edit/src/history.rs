//! What was done to a cloud, back and forth.
//!
//! The rows that a cloud came with are kept as they are; an edit only says which of them are removed, hidden and chosen. So a
//! step of the history costs three bits a row, and undoing can bring everything back.

use crate::commands::EditError;
use bevy::prelude::*;
use splat_core::selection::{RowSet, SetOperation};
use splat_core::{Cloud, RowMap, SideCar};
use std::sync::Arc;

/// Changes that can be taken back; older ones stay done.
const MOST_STEPS: usize = 100;

/// On a cloud whose rows lie in memory: what was done to it. Comes by itself, and begins anew where others replace the rows.
#[derive(Component, Clone)]
pub struct SplatEdits {
    original: Arc<Cloud>,
    /// `[N]` class column and probability of the original rows, once they are known.
    classes: Option<Arc<[(u16, f32)]>>,
    now: State,
    past: Vec<State>,
    future: Vec<State>,
    /// The rows that are shown.
    shown: Arc<Cloud>,
    /// Shown rows to original ones.
    map: Arc<RowMap>,
}

/// Sets of original rows.
#[derive(Clone, PartialEq)]
struct State {
    removed: Arc<RowSet>,
    hidden: Arc<RowSet>,
    chosen: Arc<RowSet>,
}

impl State {
    fn shown(&self) -> RowSet {
        self.removed.combined(&self.hidden, SetOperation::Add).inverted()
    }
}

impl SplatEdits {
    /// Nothing is done yet.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        let none = Arc::new(RowSet::none(cloud.len()));
        let now = State { removed: none.clone(), hidden: none.clone(), chosen: none };
        let map = Arc::new(RowMap::identity(cloud.len()));
        Self { shown: cloud.clone(), original: cloud, classes: None, now, past: Vec::new(), future: Vec::new(), map }
    }

    /// The rows that are shown.
    pub fn shown(&self) -> &Arc<Cloud> {
        &self.shown
    }

    /// The rows that the cloud came with.
    pub fn original(&self) -> &Arc<Cloud> {
        &self.original
    }

    /// The chosen rows among the shown ones.
    pub fn chosen(&self) -> RowSet {
        let mut chosen = (*self.now.chosen).clone();
        chosen.follow(&self.map);
        chosen
    }

    /// Rows that are hidden.
    pub fn hidden_count(&self) -> usize {
        self.now.hidden.count()
    }

    /// Rows that were removed.
    pub fn removed_count(&self) -> usize {
        self.now.removed.count()
    }

    /// True where something can be taken back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// True where something was taken back.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Chooses these shown rows.
    pub fn choose(&mut self, shown_rows: &RowSet) {
        let chosen = Arc::new(shown_rows.before(&self.map, self.original.len()));
        self.change(State { chosen, ..self.now.clone() });
    }

    /// Hides the chosen rows.
    pub fn hide(&mut self) -> Result<(), EditError> {
        let hidden = Arc::new(self.now.hidden.combined(self.chosen_or()?, SetOperation::Add));
        self.change(State { hidden, chosen: self.none(), ..self.now.clone() });
        Ok(())
    }

    /// Shows all hidden rows.
    pub fn show_all(&mut self) {
        self.change(State { hidden: self.none(), ..self.now.clone() });
    }

    /// Removes the chosen rows.
    pub fn delete(&mut self) -> Result<(), EditError> {
        let removed = Arc::new(self.now.removed.combined(self.chosen_or()?, SetOperation::Add));
        self.change(State { removed, chosen: self.none(), ..self.now.clone() });
        Ok(())
    }

    /// Takes the last change back.
    pub fn undo(&mut self) -> Result<(), EditError> {
        let before = self.past.pop().ok_or(EditError::NothingToUndo)?;
        self.future.push(self.now.clone());
        self.become_(before);
        Ok(())
    }

    /// Does again what was taken back last.
    pub fn redo(&mut self) -> Result<(), EditError> {
        let after = self.future.pop().ok_or(EditError::NothingToRedo)?;
        self.past.push(self.now.clone());
        self.become_(after);
        Ok(())
    }

    /// Notes the classes of all original rows, while all are shown.
    pub(crate) fn note_classes(&mut self, of: &Arc<Cloud>, classes: &Arc<[(u16, f32)]>) {
        if self.classes.is_none() && Arc::ptr_eq(of, &self.original) {
            self.classes = Some(classes.clone());
        }
    }

    /// `[shown rows]` class column and probability, where they are known.
    pub(crate) fn shown_classes(&self) -> Option<Arc<[(u16, f32)]>> {
        let classes = self.classes.as_ref().filter(|classes| classes.len() == self.original.len())?;
        Some(self.map.gather(classes, 1).into())
    }

    fn none(&self) -> Arc<RowSet> {
        Arc::new(RowSet::none(self.original.len()))
    }

    fn chosen_or(&self) -> Result<&RowSet, EditError> {
        if self.now.chosen.is_empty() { Err(EditError::NothingChosen) } else { Ok(&self.now.chosen) }
    }

    fn change(&mut self, next: State) {
        if next == self.now {
            return;
        }
        self.future.clear();
        self.past.push(self.now.clone());
        let surplus = self.past.len().saturating_sub(MOST_STEPS);
        self.past.drain(..surplus);
        self.become_(next);
    }

    fn become_(&mut self, state: State) {
        let (old, new) = (self.now.shown(), state.shown());
        self.now = state;
        if old == new {
            return;
        }
        let map = new.keeps();
        // With all rows back it is the very cloud that it was: nothing that hangs on it must be made again.
        self.shown =
            if new.count() == new.len() { self.original.clone() } else { Arc::new(self.original.subset(new.rows())) };
        self.map = Arc::new(map);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows that are told apart by x.
    fn edits() -> SplatEdits {
        let n = 6;
        SplatEdits::new(Arc::new(Cloud {
            means: (0..n).map(|i| Vec3::X * i as f32).collect(),
            log_scales: vec![Vec3::ZERO; n],
            rotations: vec![[1.0, 0.0, 0.0, 0.0]; n],
            opacity_logits: vec![0.0; n],
            sh: vec![[0.0; 3]; n],
            ..Default::default()
        }))
    }

    fn xs(edits: &SplatEdits) -> Vec<f32> {
        assert!(edits.shown().check_shape().is_ok());
        edits.shown().means.iter().map(|m| m.x).collect()
    }

    fn chosen(edits: &SplatEdits) -> Vec<u32> {
        edits.chosen().rows().collect()
    }

    #[test]
    fn edits_go_back_and_forth() {
        let mut edits = edits();
        let first = edits.shown().clone();
        edits.choose(&RowSet::of(6, [1, 2]));
        edits.delete().unwrap();
        assert_eq!((xs(&edits), chosen(&edits)), (vec![0.0, 3.0, 4.0, 5.0], vec![]));
        // Row numbers are those of what is shown.
        edits.choose(&RowSet::of(4, [0, 3]));
        edits.hide().unwrap();
        assert_eq!(xs(&edits), [3.0, 4.0]);
        assert_eq!((edits.hidden_count(), edits.removed_count()), (2, 2));
        edits.show_all();
        assert_eq!(xs(&edits), [0.0, 3.0, 4.0, 5.0]);
        (0..2).for_each(|_| edits.undo().unwrap());
        assert_eq!((xs(&edits), chosen(&edits)), (vec![0.0, 3.0, 4.0, 5.0], vec![0, 3]));
        (0..3).for_each(|_| edits.undo().unwrap());
        assert!(Arc::ptr_eq(&first, edits.shown()) && chosen(&edits).is_empty());
        assert_eq!(edits.undo(), Err(EditError::NothingToUndo));
        (0..5).for_each(|_| edits.redo().unwrap());
        assert_eq!(xs(&edits), [0.0, 3.0, 4.0, 5.0]);
        assert_eq!(edits.redo(), Err(EditError::NothingToRedo));
        edits.undo().unwrap();
        edits.choose(&RowSet::of(2, [1]));
        assert!(!edits.can_redo(), "a new change ends what was taken back");
        edits.delete().unwrap();
        assert_eq!(xs(&edits), [3.0]);
    }

    #[test]
    fn nothing_chosen_changes_nothing_and_old_steps_are_forgotten() {
        let mut edits = edits();
        assert_eq!((edits.hide(), edits.delete()), (Err(EditError::NothingChosen), Err(EditError::NothingChosen)));
        edits.show_all();
        edits.choose(&RowSet::none(6));
        assert!(!edits.can_undo());
        for i in 0..3 * MOST_STEPS as u32 {
            edits.choose(&RowSet::of(6, [i % 6]));
        }
        assert_eq!(std::iter::from_fn(|| edits.undo().ok()).count(), MOST_STEPS);
    }
}
