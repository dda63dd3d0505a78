//! Class names and label images.
//!
//! Two kinds of class number, never mixed: a *vocabulary id* (`id`, the line index in a class list, what files hold) and
//! a *column* (0..C, the dense per-scene index, what Gaussians hold). [`LabelSet`] translates.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Vocabulary id in memory of a pixel that carries no label (65535; 255 in 8-bit files).
pub const IGNORE_ID: u16 = u16::MAX;

/// A list of class names; a class's id is its index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Names by id.
    pub names: Vec<String>,
}

impl Vocabulary {
    /// From text with one class per line; trailing blank lines are dropped, others keep their id.
    pub fn from_lines(text: &str) -> Self {
        let mut names: Vec<String> = text.lines().map(|l| l.trim().to_owned()).collect();
        while names.last().is_some_and(|n| n.is_empty()) {
            names.pop();
        }
        Self { names }
    }

    /// Name of an id, or `class <id>` where the list is shorter.
    pub fn name(&self, id: u16) -> String {
        self.names.get(id as usize).filter(|n| !n.is_empty()).cloned().unwrap_or_else(|| format!("class {id}"))
    }

    /// Id of a name, exact match.
    pub fn id(&self, name: &str) -> Option<u16> {
        self.names.iter().position(|n| n == name).and_then(|i| u16::try_from(i).ok())
    }
}

/// Vocabulary ids of one image, [`IGNORE_ID`] = no label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelImage {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `[H, W]` vocabulary ids.
    pub ids: Vec<u16>,
}

impl LabelImage {
    /// An image without any label.
    pub fn unlabelled(width: u32, height: u32) -> Self {
        Self { width, height, ids: vec![IGNORE_ID; width as usize * height as usize] }
    }

    /// Nearest-neighbour resize (sample at pixel centres): the only resize that is right for ids.
    pub fn resized(&self, width: u32, height: u32) -> Self {
        Self { width, height, ids: resize_nearest(&self.ids, [self.width, self.height], [width, height]) }
    }

    /// Pixels per vocabulary id, ignored pixels left out.
    pub fn histogram(&self) -> BTreeMap<u16, u64> {
        let mut counts = BTreeMap::new();
        for &id in self.ids.iter().filter(|&&id| id != IGNORE_ID) {
            *counts.entry(id).or_default() += 1;
        }
        counts
    }
}

/// Nearest-neighbour resize of an image `[H, W]` from one width and height to another (sampled at pixel centres).
pub fn resize_nearest<T: Copy>(values: &[T], from: [u32; 2], to: [u32; 2]) -> Vec<T> {
    let at = |i: u32, axis: usize| {
        let (new, old) = (to[axis] as f64, from[axis]);
        (((i as f64 + 0.5) * old as f64 / new) as u32).min(old - 1) as usize
    };
    let value = |x: u32, y: u32| values[at(y, 1) * from[0] as usize + at(x, 0)];
    (0..to[1]).flat_map(|y| (0..to[0]).map(move |x| (x, y))).map(|(x, y)| value(x, y)).collect()
}

/// One class of a scene.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassInfo {
    /// Vocabulary id.
    pub id: u16,
    /// Name.
    pub name: String,
    /// Display colour, sRGB.
    pub colour: [u8; 3],
    /// Labelled training pixels, 0 where unknown.
    #[serde(default)]
    pub pixel_count: u64,
}

/// The C classes present in a scene, sorted by vocabulary id; a class's column is its index. Travels with the cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LabelSet {
    /// Classes in column order.
    pub classes: Vec<ClassInfo>,
}

impl LabelSet {
    /// The dense remap of a scene: every id that occurs, in sorted order. `colour` gives the display colour of an id.
    pub fn from_histogram(
        counts: &BTreeMap<u16, u64>,
        vocabulary: &Vocabulary,
        colour: impl Fn(u16) -> [u8; 3],
    ) -> Self {
        let class = |(&id, &pixel_count): (&u16, &u64)| ClassInfo {
            id,
            name: vocabulary.name(id),
            colour: colour(id),
            pixel_count,
        };
        Self { classes: counts.iter().filter(|&(&id, _)| id != IGNORE_ID).map(class).collect() }
    }

    /// Number of classes C.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// True for a cloud without classes.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// Column of a vocabulary id; `None` where the scene has no such class.
    pub fn column(&self, id: u16) -> Option<usize> {
        self.classes.binary_search_by_key(&id, |c| c.id).ok()
    }

    /// Vocabulary id of a column; [`IGNORE_ID`] outside.
    pub fn id(&self, column: usize) -> u16 {
        self.classes.get(column).map_or(IGNORE_ID, |c| c.id)
    }

    /// Table from vocabulary id to column, [`IGNORE_ID`] where there is none; length 65536.
    pub fn column_table(&self) -> Vec<u16> {
        let mut table = vec![IGNORE_ID; 1 << 16];
        for (column, class) in self.classes.iter().enumerate() {
            table[class.id as usize] = column as u16;
        }
        table
    }
}
