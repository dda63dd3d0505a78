//! What parameters are made of, and how numbers and places are written.

use crate::rpc::{RpcError, code};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_splat_query::matching::{Synonyms, columns_meant};
use bevy_splat_render::SplatView;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use splat_core::LabelSet;

/// Parameters of a method; unknown names are refused, so that a slip of the pen is not passed over.
pub(crate) fn read<P: DeserializeOwned>(params: Map<String, Value>) -> Result<P, RpcError> {
    serde_json::from_value(Value::Object(params)).map_err(|e| RpcError::bad_params(e.to_string()))
}

/// No parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// An entity by its number.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u64")]
pub(crate) struct Numbered(pub Entity);

impl TryFrom<u64> for Numbered {
    type Error = String;

    fn try_from(bits: u64) -> Result<Self, String> {
        Entity::try_from_bits(bits).map(Self).ok_or_else(|| format!("{bits} is no entity"))
    }
}

/// A finite number.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
pub(crate) struct Number(pub f32);

impl TryFrom<f64> for Number {
    type Error = String;

    fn try_from(number: f64) -> Result<Self, String> {
        let single = number as f32;
        if single.is_finite() { Ok(Self(single)) } else { Err(format!("{number} is too large")) }
    }
}

/// Finite coordinates.
#[derive(Clone, Copy, Deserialize)]
#[serde(from = "[Number; 3]")]
pub(crate) struct Point(pub Vec3);

impl From<[Number; 3]> for Point {
    fn from(numbers: [Number; 3]) -> Self {
        Self(Vec3::from_array(numbers.map(|n| n.0)))
    }
}

impl Point {
    /// As a direction; `name` is said where it has no length.
    pub(crate) fn direction(self, name: &str) -> Result<Dir3, RpcError> {
        Dir3::new(self.0).map_err(|_| RpcError::bad_params(format!("`{name}` has no length")))
    }
}

/// A class: its vocabulary id, or words of its name or of a synonym.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum WantedClass {
    Id(u16),
    Words(String),
}

impl WantedClass {
    /// The columns that are meant, best first.
    pub(crate) fn columns(&self, classes: &LabelSet, synonyms: &Synonyms) -> Vec<u32> {
        match self {
            // Common classes of several clouds are not in the order of ids.
            Self::Id(id) => {
                (0..).zip(&classes.classes).filter(|(_, c)| c.id == *id).map(|(column, _)| column).collect()
            }
            Self::Words(words) => columns_meant(classes, words, synonyms),
        }
    }

    /// What a [`bevy_splat_query::Question`] is asked; ids are told apart by [`Self::allows`] afterwards.
    pub(crate) fn words(&self) -> Option<String> {
        match self {
            Self::Id(_) => None,
            Self::Words(words) => Some(words.clone()),
        }
    }

    /// False for a class of another id.
    pub(crate) fn allows(&self, id: u16) -> bool {
        !matches!(self, Self::Id(wanted) if *wanted != id)
    }

    /// No cloud has it.
    pub(crate) fn missing(&self) -> RpcError {
        let class = match self {
            Self::Id(id) => id.to_string(),
            Self::Words(words) => format!("`{words:.100}`"),
        };
        RpcError::new(code::NO_CLASS, format!("there is no class {class}; see splats.classes"))
    }
}

/// The cameras that show splats.
#[derive(SystemParam)]
pub(crate) struct Cameras<'w, 's> {
    views: Query<'w, 's, (Entity, &'static Camera), With<SplatView>>,
}

impl Cameras<'_, '_> {
    /// The camera that is named, or the main one: of those that draw, the first.
    pub(crate) fn one(&self, wanted: Option<Numbered>) -> Result<Entity, RpcError> {
        let missing = |what: &str| RpcError::new(code::NO_ENTITY, what);
        match wanted {
            Some(Numbered(entity)) if self.views.contains(entity) => Ok(entity),
            Some(_) => Err(missing("this entity is no camera with a SplatView")),
            None => {
                let main = self.views.iter().min_by_key(|(entity, camera)| (!camera.is_active, camera.order, *entity));
                main.map(|(entity, _)| entity).ok_or_else(|| missing("there is no camera with a SplatView"))
            }
        }
    }
}

/// An entity as it is written.
pub(crate) fn entity(entity: Entity) -> Value {
    entity.to_bits().into()
}

/// A class as everything that has one tells of it.
pub(crate) fn class(column: u32, id: u16, name: &str) -> Value {
    json!({ "column": column, "id": id, "name": name })
}

/// A number with as many digits as tell it from its neighbours; null where it is none.
pub(crate) fn number(number: f32) -> Value {
    json!(number.to_string().parse::<f64>().ok().filter(|n| n.is_finite()))
}

/// Coordinates.
pub(crate) fn point(point: Vec3) -> Value {
    point.to_array().map(number).to_vec().into()
}

/// A rotation: w, x, y, z.
pub(crate) fn rotation(q: Quat) -> Value {
    [q.w, q.x, q.y, q.z].map(number).to_vec().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::ClassInfo;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Params {
        at: Point,
        class: Option<WantedClass>,
        camera: Option<Numbered>,
    }

    fn reads(params: Value) -> Result<(), String> {
        let Value::Object(params) = params else { panic!("parameters go by name") };
        read::<Params>(params).map(|_| ()).map_err(|e| e.message)
    }

    #[test]
    fn parameters_are_taken_at_their_word() {
        assert_eq!(reads(json!({ "at": [1, 2.5, -3e4], "class": 7, "camera": 4294967294u64 })), Ok(()));
        assert_eq!(reads(json!({ "at": [1, 2, 3], "class": "chair" })), Ok(()));
        assert!(reads(json!({})).unwrap_err().contains("at"));
        assert!(reads(json!({ "at": [1, 2] })).is_err());
        assert!(reads(json!({ "at": [1, 2, 1e300] })).unwrap_err().contains("too large"));
        assert!(reads(json!({ "at": [1, 2, "3"] })).is_err());
        assert!(reads(json!({ "at": [1, 2, 3], "class": -1 })).is_err());
        assert!(reads(json!({ "at": [1, 2, 3], "camera": 0.5 })).is_err());
        assert!(reads(json!({ "at": [1, 2, 3], "colour": 1 })).unwrap_err().contains("colour"));
    }

    #[test]
    fn classes_go_by_id_or_by_words() {
        let class = |id, name: &str| ClassInfo { id, name: name.to_owned(), colour: [0; 3], pixel_count: 0 };
        let classes = LabelSet { classes: vec![class(9, "sofa"), class(4, "office chair")] };
        let columns = |wanted: WantedClass| wanted.columns(&classes, &Synonyms::default());
        assert_eq!(columns(WantedClass::Id(4)), [1]);
        assert_eq!(columns(WantedClass::Words("couch".to_owned())), [0]);
        assert!(columns(WantedClass::Id(1)).is_empty());
    }

    #[test]
    fn numbers_are_written_short() {
        assert_eq!(point(Vec3::new(0.1, f32::NAN, -2.5)).to_string(), "[0.1,null,-2.5]");
        assert_eq!(rotation(Quat::IDENTITY).to_string(), "[1.0,0.0,0.0,0.0]");
    }
}
