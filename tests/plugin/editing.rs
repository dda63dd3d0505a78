//! Selections and edits: by shape, class, object and probability; hide, delete, back and forth; files.

use crate::stage::{BLOB_ROWS, BLOBS, COLOURS, RADIUS, SIZE, Stage, blobs, pixel_of};
use bevy::prelude::*;
use bevy_semantic_splats::edit::{EditError, SelectionTint};
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::splat_core::Cloud;
use bevy_semantic_splats::splat_core::objects::ObjectOptions;
use bevy_semantic_splats::splat_io::read_cloud;

/// Half the edge of a square about a blob, pixels.
const REACH_PX: f32 = 30.0;

/// Tells the cloud and returns what came of it.
fn tell(stage: &mut Stage, cloud: Entity, action: EditAction) -> EditNews {
    stage.app.world_mut().resource_mut::<Messages<SplatEditEvent>>().clear();
    stage.app.world_mut().write_message(SplatEditCommand { cloud, action });
    for _ in 0..200 {
        stage.run(1);
        let events: Vec<_> = stage.app.world_mut().resource_mut::<Messages<SplatEditEvent>>().drain().collect();
        if let Some(event) = events.into_iter().next() {
            assert_eq!(event.cloud, cloud);
            return event.what;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    panic!("no answer came");
}

fn done(stage: &mut Stage, cloud: Entity, action: EditAction) -> [usize; 2] {
    match tell(stage, cloud, action) {
        EditNews::Done { chosen, shown } => [chosen, shown],
        other => panic!("{other:?}"),
    }
}

fn choose(stage: &mut Stage, cloud: Entity, choice: Choice, operation: SetOperation) -> usize {
    done(stage, cloud, EditAction::Select { choice, operation })[0]
}

/// Chosen rows by blob.
fn by_blob(stage: &Stage, cloud: Entity) -> [usize; 3] {
    let selection = stage.app.world().get::<SplatSelection>(cloud).expect("clouds in memory have one");
    [0, 1, 2].map(|blob| selection.0.rows().filter(|row| row / BLOB_ROWS == blob).count())
}

fn square(centre: Vec2) -> ScreenShape {
    ScreenShape::Rectangle(centre - REACH_PX, centre + REACH_PX)
}

const ALL: usize = 3 * BLOB_ROWS as usize;
const ONE: usize = BLOB_ROWS as usize;

/// All of it, on a cloud of blobs that nobody has edited.
pub fn edits(stage: &mut Stage, cloud: Entity) {
    let before = stage.shot("not_edited").at(pixel_of(BLOBS[0]));
    chosen_by_shape(stage, cloud);
    chosen_by_meaning(stage, cloud);
    worn_colour(stage, cloud);
    hidden_and_deleted(stage, cloud);
    written(stage, cloud);
    refused(stage, cloud);
    stage.shot("edited_back").assert_near(pixel_of(BLOBS[0]), before, 0.001);
}

fn chosen_by_shape(stage: &mut Stage, cloud: Entity) {
    let camera = stage.camera;
    let screen = |shape| Choice::Screen { camera, shape, through: true };
    let [left, middle, right] = BLOBS.map(pixel_of);
    assert_eq!(choose(stage, cloud, screen(square(left)), SetOperation::Replace), ONE);
    assert_eq!(by_blob(stage, cloud), [ONE, 0, 0]);
    let lasso = [Vec2::new(-20.0, 12.0), Vec2::new(20.0, 12.0), Vec2::new(0.0, -20.0)].map(|p| right + p);
    let encircled = choose(stage, cloud, screen(ScreenShape::Polygon(lasso.to_vec())), SetOperation::Add) - ONE;
    assert!(encircled > ONE / 3 && encircled < ONE, "a triangle cuts corners off: {encircled}");
    assert_eq!(by_blob(stage, cloud), [ONE, 0, encircled]);
    let brush = ScreenShape::Brush { points: vec![left, middle], radius: REACH_PX };
    assert_eq!(choose(stage, cloud, screen(brush.clone()), SetOperation::Subtract), encircled);
    assert_eq!(choose(stage, cloud, screen(brush), SetOperation::Replace), 2 * ONE);
    only_what_is_seen(stage, cloud);
    let everywhere = ScreenShape::Rectangle(Vec2::ZERO, SIZE.as_vec2());
    assert_eq!(choose(stage, cloud, screen(everywhere), SetOperation::Intersect), 2 * ONE);
    assert_eq!(done(stage, cloud, EditAction::Invert), [ONE, ALL]);
    assert_eq!(by_blob(stage, cloud), [0, 0, ONE]);
    assert_eq!(done(stage, cloud, EditAction::Grow(0.5 * RADIUS)), [ONE, ALL], "nobody is near");
    let to_middle = BLOBS[2].distance(BLOBS[1]) - RADIUS;
    let [grown, _] = done(stage, cloud, EditAction::Grow(to_middle));
    assert!(grown > ONE && grown < 2 * ONE, "half of the middle one: {grown}");
    let [shrunk, _] = done(stage, cloud, EditAction::Shrink(0.6 * RADIUS));
    assert!(shrunk < grown && shrunk >= ONE, "the rim of the half: {shrunk}");
    // What a system writes itself joins the history.
    let rows = bevy_semantic_splats::edit::RowSet::of(ALL, [7]);
    stage.app.world_mut().entity_mut(cloud).insert(SplatSelection(rows));
    stage.run(1);
    assert_eq!(done(stage, cloud, EditAction::Undo), [shrunk, ALL]);
    assert_eq!(done(stage, cloud, EditAction::Redo), [1, ALL]);
    assert_eq!(done(stage, cloud, EditAction::Clear), [0, ALL]);
}

/// A camera before the middle blob sees its front; the back, and a blob behind it, it does not.
fn only_what_is_seen(stage: &mut Stage, cloud: Entity) {
    let camera = stage.camera;
    let seen = Choice::Screen { camera, shape: square(pixel_of(BLOBS[1])), through: false };
    let front = choose(stage, cloud, seen, SetOperation::Replace);
    assert!(front > ONE / 3 && front < ONE, "a half, and what is as near as its Gaussians are thick: {front}");
    let selection = stage.app.world().get::<SplatSelection>(cloud).unwrap();
    let depths = selection.0.rows().map(|row| blobs().means[row as usize].z);
    assert!(depths.fold(f32::INFINITY, f32::min) > -0.7 * RADIUS);
    // What is told next waits for the answer.
    let whole = Choice::Screen { camera, shape: square(pixel_of(BLOBS[1])), through: false };
    let world = stage.app.world_mut();
    let operation = SetOperation::Replace;
    world.write_message(SplatEditCommand { cloud, action: EditAction::Select { choice: whole, operation } });
    world.write_message(SplatEditCommand { cloud, action: EditAction::Hide });
    stage.run(6);
    let edits = stage.app.world().get::<SplatEdits>(cloud).unwrap();
    assert_eq!((edits.hidden_count(), edits.shown().len()), (front, ALL - front));
    assert_eq!(done(stage, cloud, EditAction::Undo), [front, ALL]);
    assert_eq!(done(stage, cloud, EditAction::Undo), [2 * ONE, ALL]);
}

fn chosen_by_meaning(stage: &mut Stage, cloud: Entity) {
    let class = |name: &str| Choice::Class(name.to_owned());
    assert_eq!(choose(stage, cloud, class("CHAIR"), SetOperation::Replace), 2 * ONE);
    assert_eq!(by_blob(stage, cloud), [ONE, 0, ONE]);
    assert_eq!(choose(stage, cloud, Choice::Column(1), SetOperation::Add), ALL);
    assert_eq!(choose(stage, cloud, Choice::Probability(0.999), SetOperation::Replace), 0);
    assert_eq!(choose(stage, cloud, Choice::Probability(0.9), SetOperation::Replace), ALL);
    assert_eq!(choose(stage, cloud, Choice::Rows(vec![3, 3, 9_999]), SetOperation::Replace), 1);
    assert_eq!(choose(stage, cloud, Choice::All, SetOperation::Replace), ALL);

    let options = ObjectOptions { link: 0.3, min_rows: 10, ..default() };
    stage.app.world_mut().entity_mut(cloud).insert(FindObjects(options));
    let table = (0..200).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(2));
        stage.run(1);
        let mut objects = stage.app.world_mut().query::<(Entity, &ClassLabel)>();
        objects.iter(stage.app.world()).find(|(_, label)| label.name == "table").map(|(entity, _)| entity)
    });
    let object = Choice::Object(table.expect("there is a table"));
    assert_eq!(choose(stage, cloud, object.clone(), SetOperation::Replace), ONE);
    assert_eq!(by_blob(stage, cloud), [0, ONE, 0]);
    stage.app.world_mut().entity_mut(cloud).remove::<FindObjects>();
    stage.run(2);
    let gone = tell(stage, cloud, EditAction::Select { choice: object, operation: SetOperation::Replace });
    assert_eq!(gone, EditNews::Refused(EditError::NoObject));
}

/// Chosen rows wear the tint on the screen and nowhere else.
fn worn_colour(stage: &mut Stage, cloud: Entity) {
    choose(stage, cloud, Choice::Column(1), SetOperation::Replace);
    let SelectionTint { colour, strength } = *stage.app.world().resource::<SelectionTint>();
    let shot = stage.shot("selected");
    let mixed = [0, 1, 2].map(|c| COLOURS[1][c] + strength * (colour[c] - COLOURS[1][c]));
    shot.assert_near(pixel_of(BLOBS[1]), mixed, 0.03);
    shot.assert_near(pixel_of(BLOBS[0]), COLOURS[0], 0.03);
    assert_eq!(stage.app.world().get::<CloudSnapshot>(cloud).unwrap().cloud.sh, blobs().sh);
    done(stage, cloud, EditAction::Clear);
    stage.shot("selected_no_more").assert_near(pixel_of(BLOBS[1]), COLOURS[1], 0.03);
}

fn hidden_and_deleted(stage: &mut Stage, cloud: Entity) {
    let (left, middle) = (pixel_of(BLOBS[0]), pixel_of(BLOBS[1]));
    let camera = stage.camera;
    choose(stage, cloud, Choice::Screen { camera, shape: square(left), through: true }, SetOperation::Replace);
    assert_eq!(done(stage, cloud, EditAction::Hide), [0, 2 * ONE]);
    stage.shot("hidden").assert_near(left, [0.0; 3], 0.02);
    assert!(stage.pick(left).0.hit.is_none());
    let snapshot = stage.app.world().get::<CloudSnapshot>(cloud).expect("classes of what is left are known at once");
    assert_eq!((snapshot.cloud.len(), snapshot.row_classes[0].0), (2 * ONE, 1));
    // Row numbers are those of what is shown: the middle blob has come first.
    choose(stage, cloud, Choice::Screen { camera, shape: square(middle), through: true }, SetOperation::Replace);
    assert_eq!(by_blob(stage, cloud), [ONE, 0, 0]);
    assert_eq!(done(stage, cloud, EditAction::Delete), [0, ONE]);
    assert_eq!(done(stage, cloud, EditAction::ShowAll), [0, 2 * ONE]);
    let shot = stage.shot("deleted");
    shot.assert_near(left, COLOURS[0], 0.03);
    shot.assert_near(middle, [0.0; 3], 0.02);
    choose(stage, cloud, Choice::All, SetOperation::Replace);
    assert_eq!(done(stage, cloud, EditAction::Delete), [0, 0]);
    // A cloud without rows is none: the camera's own clear colour shows.
    stage.shot("all_deleted").assert_near(left, crate::CLEAR, 0.01);
    let undone = (0..6).map(|_| done(stage, cloud, EditAction::Undo)).collect::<Vec<_>>();
    assert_eq!(undone[..3], [[2 * ONE, 2 * ONE], [0, 2 * ONE], [0, ONE]]);
    assert_eq!(undone[3..], [[ONE, 2 * ONE], [0, 2 * ONE], [ONE, ALL]]);
    stage.shot("undone").assert_near(middle, COLOURS[1], 0.03);
    assert_eq!(done(stage, cloud, EditAction::Redo), [0, 2 * ONE]);
    assert_eq!(done(stage, cloud, EditAction::Undo), [ONE, ALL]);
    let edits = stage.app.world().get::<SplatEdits>(cloud).unwrap();
    assert!(edits.can_redo() && edits.removed_count() == 0 && edits.hidden_count() == 0);
}

fn written(stage: &mut Stage, cloud: Entity) {
    let folder = tempfile::tempdir().unwrap();
    let (chairs, all) = (folder.path().join("chairs.ply"), folder.path().join("all.ply"));
    choose(stage, cloud, Choice::Class("chair".to_owned()), SetOperation::Replace);
    let news = tell(stage, cloud, EditAction::Export(chairs.clone()));
    assert_eq!(news, EditNews::Written { path: chairs.clone(), rows: 2 * ONE });
    let rows: Vec<u32> = (0..BLOB_ROWS).chain(2 * BLOB_ROWS..3 * BLOB_ROWS).collect();
    assert_eq!(read_cloud(&chairs).unwrap().means, blobs().subset(rows).means);
    done(stage, cloud, EditAction::Clear);
    assert_eq!(tell(stage, cloud, EditAction::Save(all.clone())), EditNews::Written { path: all.clone(), rows: ALL });
    assert_eq!(read_cloud(&all).unwrap().logits, blobs().logits);
    let nowhere = folder.path().join("no/such/folder.ply");
    let news = tell(stage, cloud, EditAction::Save(nowhere));
    assert!(matches!(&news, EditNews::Refused(EditError::NotWritten(why)) if why.contains("folder.ply")), "{news:?}");
}

fn refused(stage: &mut Stage, cloud: Entity) {
    let refusal = |stage: &mut Stage, cloud: Entity, action| match tell(stage, cloud, action) {
        EditNews::Refused(error) => error,
        other => panic!("{other:?}"),
    };
    let select = |choice| EditAction::Select { choice, operation: SetOperation::Replace };
    assert_eq!(refusal(stage, cloud, EditAction::Delete), EditError::NothingChosen);
    assert_eq!(refusal(stage, cloud, EditAction::Export("x.ply".into())), EditError::NothingChosen);
    assert_eq!(refusal(stage, cloud, select(Choice::Class("spoon".into()))), EditError::NoClass("spoon".into()));
    let screen = Choice::Screen { camera: cloud, shape: square(Vec2::ZERO), through: false };
    assert_eq!(refusal(stage, cloud, select(screen)), EditError::NoCamera);
    let camera = stage.camera;
    assert_eq!(refusal(stage, camera, EditAction::Clear), EditError::NoCloud);
    let trained = stage.app.world_mut().spawn(SplatCloud::live(SharedScene::new())).id();
    let error = refusal(stage, trained, EditAction::Delete);
    assert_eq!(error, EditError::InTraining);
    assert!(error.to_string().contains("being trained"));
    stage.app.world_mut().despawn(trained);
    // Rows that somebody else replaces have no history.
    stage.app.world_mut().entity_mut(cloud).insert(SplatCloud::from_cloud(Cloud::clone(&blobs())));
    stage.run(1);
    assert_eq!(refusal(stage, cloud, EditAction::Undo), EditError::NothingToUndo);
}
