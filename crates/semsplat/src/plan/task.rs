//! What the tasks of a plan are, and how each of them fared.

use crate::error::CliError;
use crate::labels::make_folder;
use crate::progress::Progress;
use crate::reproduce::{self, Method, Options, RowOf, What};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A plan, as in `plan.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Which table.
    pub what: What,
    /// Scenes and settings; `out` is the plan's folder.
    pub options: Options,
    /// What can be done independently.
    pub tasks: Vec<Task>,
}

/// Rows that one process makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its number, from 0.
    pub number: usize,
    /// The rows.
    pub rows: Vec<RowOf>,
}

/// Outcome of an attempt that has not ended, or whose end nobody lived to note.
pub const STARTED: &str = "started";

/// How a task fared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Whether all its rows are made.
    pub is_done: bool,
    /// Processes that were started for it.
    pub attempts: u32,
    /// How the last one ended.
    pub outcome: String,
    /// Seconds of all attempts whose end was noted.
    pub seconds: f64,
}

impl Task {
    /// For people: scene, masks and methods.
    pub fn name(&self) -> String {
        let rows: Vec<String> =
            self.rows.iter().map(|r| format!("{} {} {}", r.scene, r.masks.name(), r.method.name())).collect();
        rows.join(", ")
    }
}

impl Plan {
    /// Looks at the scenes; masks that are not there are made now, so that tasks find them.
    ///
    /// # Errors
    /// As [`reproduce::rows`]; for figures, which are drawn where all runs are.
    pub fn new(what: What, options: Options, progress: &Progress) -> Result<Self, CliError> {
        if what == What::Figures {
            let cure = "plans are for tables; `reproduce figures` draws from their runs, with the same --out";
            return Err(CliError::BadInput(cure.to_owned()));
        }
        let rows = reproduce::rows(&options, what, progress)?;
        Ok(Self { what, options, tasks: tasks(rows) })
    }

    /// Opens the plan in a folder.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn open(dir: &Path) -> Result<Self, CliError> {
        Ok(splat_io::read_json(&dir.join("plan.json"))?)
    }

    /// Writes it.
    pub fn write(&self) -> Result<(), CliError> {
        Ok(splat_io::write_json(&self.options.out.join("plan.json"), self)?)
    }

    /// A task by its number.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn task(&self, number: usize) -> Result<&Task, CliError> {
        let message = || format!("task {number}: the plan has {} tasks, counted from 0", self.tasks.len());
        self.tasks.get(number).ok_or_else(|| CliError::BadInput(message()))
    }

    fn state_path(&self, number: usize) -> PathBuf {
        self.options.out.join("tasks").join(format!("{number}.json"))
    }

    /// Whether a task is done.
    pub fn is_done(&self, number: usize) -> Result<bool, CliError> {
        Ok(self.state(number)?.is_some_and(|s| s.is_done))
    }

    /// How a task fared; `None` if it was never run.
    pub fn state(&self, number: usize) -> Result<Option<State>, CliError> {
        let path = self.state_path(number);
        if path.is_file() { Ok(Some(splat_io::read_json(&path)?)) } else { Ok(None) }
    }

    /// How all tasks fared; `None` for one that was never run.
    pub fn states(&self) -> Result<Vec<Option<State>>, CliError> {
        (0..self.tasks.len()).map(|number| self.state(number)).collect()
    }

    /// Notes how a task fared.
    pub fn note(&self, number: usize, state: &State) -> Result<(), CliError> {
        let path = self.state_path(number);
        make_folder(path.parent().unwrap_or(Path::new("")))?;
        Ok(splat_io::write_json(&path, state)?)
    }
}

/// One task a row; but what needs the colours of a scene is one task with them, since two must not write to one folder.
fn tasks(rows: Vec<RowOf>) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    let needs_colour = |row: &RowOf| matches!(row.method, Method::Colour | Method::Lift);
    for row in rows {
        let shared = tasks
            .iter_mut()
            .find(|t| needs_colour(&row) && t.rows.iter().any(|r| r.scene == row.scene && needs_colour(r)));
        match shared {
            Some(task) => task.rows.push(row),
            None => tasks.push(Task { number: tasks.len(), rows: vec![row] }),
        }
    }
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reproduce::Masks;

    #[test]
    fn lifting_goes_with_the_colours_of_its_scene() {
        let row = |scene: &str, masks, method| RowOf { scene: scene.to_owned(), masks, method };
        let rows = ["a", "b"].iter().flat_map(|scene| {
            [Masks::Exact, Masks::Noisy]
                .into_iter()
                .flat_map(|masks| [Method::Paper, Method::Colour, Method::Lift].map(|method| row(scene, masks, method)))
        });
        let tasks = tasks(rows.collect());
        assert_eq!(tasks.iter().map(|t| t.rows.len()).collect::<Vec<_>>(), [1, 4, 1, 1, 4, 1]);
        assert_eq!(tasks.iter().map(|t| t.number).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(tasks[2].name(), "a noisy paper");
    }
}
