//! How classes look (hidden, faded, in another colour), and the modes that look at shape and doubt.

use crate::stage::{BLOB_ROWS, BLOBS, COLOURS, DISTANCE, Stage, blobs, has_gpu, pixel_of};
use bevy::prelude::*;
use bevy_semantic_splats::prelude::*;
use bevy_semantic_splats::splat_core::{Cloud, sh};

/// A green table right behind the first red chair; the other chair stands beside them.
fn chair_before_table() -> Cloud {
    let mut cloud = blobs();
    let table = BLOB_ROWS as usize..2 * BLOB_ROWS as usize;
    cloud.means[table].iter_mut().for_each(|mean| *mean += BLOBS[0] - BLOBS[1] - 0.8 * Vec3::Z);
    cloud
}

fn show(stage: &mut Stage, entity: Entity, cloud: Cloud) {
    stage.app.world_mut().entity_mut(entity).insert(SplatCloud::from_cloud(cloud));
}

fn style(stage: &mut Stage, change: impl FnOnce(&mut ClassStyles)) {
    change(&mut stage.app.world_mut().get_mut::<ClassStyles>(stage.camera).expect("a view brings styles"));
}

#[test]
fn classes_are_hidden_faded_and_recoloured_in_every_mode() {
    if !has_gpu() {
        return;
    }
    let mut stage = Stage::new();
    let entity = stage.app.world_mut().spawn(SplatCloud::from_cloud(chair_before_table())).id();
    stage.look(|view| view.depth_range = Some([3.0, 5.5]));
    hidden(&mut stage, entity);
    faded(&mut stage, entity);
    recoloured(&mut stage);
    two_large_clouds(&mut stage, entity);
}

/// With chairs hidden every mode shows, to the byte, what a cloud without chairs shows; picks fall through too.
fn hidden(stage: &mut Stage, entity: Entity) {
    let at = pixel_of(BLOBS[0]);
    stage.shot("chairs_shown").assert_near(at, COLOURS[0], 0.03);
    style(stage, |styles| styles.hide("Office Chair"));
    stage.shot("chairs_hidden").assert_near(at, COLOURS[1], 0.03);
    let hit = stage.pick(at).0.hit.expect("the table is there");
    assert_eq!((hit.class.as_ref().map(|c| c.name.as_str()), hit.row / BLOB_ROWS), (Some("table"), 1));
    assert!(hit.position.z < -0.3 && hit.top.iter().all(|(class, _)| class.name == "table"), "{hit:?}");
    assert!(stage.pick(pixel_of(BLOBS[2])).0.hit.is_none(), "a hidden class was picked");

    let with_chairs: Vec<_> = DisplayMode::ALL.into_iter().map(|mode| picture(stage, mode)).collect();
    let table = chair_before_table().subset(BLOB_ROWS..2 * BLOB_ROWS);
    show(stage, entity, table);
    for (mode, with_chairs) in DisplayMode::ALL.into_iter().zip(with_chairs) {
        let without = picture(stage, mode);
        assert!(with_chairs.spread() > 0.01, "{mode:?} shows nothing");
        assert_eq!(with_chairs.difference(&without), 0.0, "{mode:?}");
    }
    stage.look(|view| view.mode = DisplayMode::Colour);
    style(stage, ClassStyles::show_all);
}

fn picture(stage: &mut Stage, mode: DisplayMode) -> crate::stage::Picture {
    stage.look(|view| view.mode = mode);
    stage.shot(&format!("without_chairs_{}", mode.name()))
}

/// A faded class looks as if its Gaussians had been made fainter.
fn faded(stage: &mut Stage, entity: Entity) {
    const SHARE: f32 = 0.2;
    let mut fainter = chair_before_table();
    for row in (0..3 * BLOB_ROWS as usize).filter(|row| row / BLOB_ROWS as usize != 1) {
        let opacity = SHARE * fainter.opacity(row);
        fainter.opacity_logits[row] = (opacity / (1.0 - opacity)).ln();
    }
    show(stage, entity, fainter);
    let expected = stage.shot("fainter_rows");
    show(stage, entity, chair_before_table());
    style(stage, |styles| styles.change("office chair", |style| style.opacity = SHARE));
    let faded = stage.shot("faded_class");
    assert!(faded.difference(&expected) < 0.01, "{}", faded.difference(&expected));
    let [r, g, _] = faded.at(pixel_of(BLOBS[0]));
    assert!(r > 0.2 && g > 0.2, "both are seen: {r} {g}");

    // What is solid is as large as ever, and lets through what is behind.
    let mut pair = blobs().subset([0, BLOB_ROWS]);
    pair.means = vec![Vec3::ZERO, -0.8 * Vec3::Z];
    pair.log_scales = vec![Vec3::splat(0.3f32.ln()); 2];
    show(stage, entity, pair);
    for mode in [DisplayMode::Points, DisplayMode::Ellipsoids] {
        stage.look(|view| (view.mode, view.point_radius_px) = (mode, 8.0));
        let expected = [0, 1, 2].map(|c| SHARE * COLOURS[0][c] + (1.0 - SHARE) * 0.99 * COLOURS[1][c]);
        stage.shot(&format!("faded_{}", mode.name())).assert_near(pixel_of(Vec3::ZERO), expected, 0.03);
    }
    show(stage, entity, chair_before_table());
    stage.look(|view| view.mode = DisplayMode::Colour);
    style(stage, ClassStyles::show_all);
}

fn recoloured(stage: &mut Stage) {
    let at = pixel_of(BLOBS[2]);
    let [r, g, b] = COLOURS[2];
    let shade = 0.65 + 0.5 * (0.299 * r + 0.587 * g + 0.114 * b);
    let shaded = |colour: [u8; 3]| colour.map(|c| (c as f32 / 255.0 * shade).min(1.0));
    stage.look(|view| view.mode = DisplayMode::Classes);
    style(stage, |styles| styles.palette = ClassPalette::ColourBlindSafe);
    // Okabe and Ito's orange: the first colour.
    stage.shot("safe_palette").assert_near(at, shaded([230, 159, 0]), 0.04);
    style(stage, |styles| styles.change("office chair", |style| style.colour = Some(Color::srgb(0.0, 1.0, 1.0))));
    stage.shot("own_colour").assert_near(at, shaded([0, 255, 255]), 0.04);
    style(stage, |styles| *styles = ClassStyles::default());
    stage.look(|view| view.mode = DisplayMode::Colour);
}

/// Clouds of more rows than a mirror's texture row holds, each with its own columns: both are restyled, both are drawn.
fn two_large_clouds(stage: &mut Stage, entity: Entity) {
    let many = |shift: Vec3| {
        let mut cloud = blobs().subset((0..10).flat_map(|_| 0..3 * BLOB_ROWS));
        cloud.means.iter_mut().for_each(|mean| *mean += shift);
        cloud
    };
    show(stage, entity, many(Vec3::ZERO));
    let mut other = many(-1.1 * Vec3::Y);
    other.classes.classes.reverse();
    let second = stage.app.world_mut().spawn(SplatCloud::from_cloud(other)).id();
    let shot = stage.shot("two_large_clouds");
    for (centre, colour) in BLOBS.into_iter().zip(COLOURS) {
        shot.assert_near(pixel_of(centre), colour, 0.04);
        shot.assert_near(pixel_of(centre - 1.1 * Vec3::Y), colour, 0.04);
    }
    // The second cloud calls its chairs tables.
    style(stage, |styles| styles.hide("table"));
    let shot = stage.shot("two_large_clouds_without_tables");
    shot.assert_near(pixel_of(BLOBS[0]), COLOURS[0], 0.04);
    shot.assert_near(pixel_of(BLOBS[1]), [0.0; 3], 0.02);
    shot.assert_near(pixel_of(BLOBS[0] - 1.1 * Vec3::Y), [0.0; 3], 0.02);
    shot.assert_near(pixel_of(BLOBS[1] - 1.1 * Vec3::Y), COLOURS[1], 0.04);
    style(stage, ClassStyles::show_all);
    stage.app.world_mut().despawn(second);
}

/// Rows of one colour and no class: mean, scales, turn.
fn rows(rows: &[(Vec3, Vec3, Quat)], colour: [f32; 3]) -> Cloud {
    let mut cloud = Cloud::default();
    for &(mean, scales, turn) in rows {
        cloud.means.push(mean);
        cloud.log_scales.push(scales.map(f32::ln));
        cloud.rotations.push([turn.w, turn.x, turn.y, turn.z]);
        cloud.opacity_logits.push(4.0);
        cloud.sh.push(colour.map(sh::dc_from_colour));
    }
    cloud
}

#[test]
fn modes_of_shape_and_doubt() {
    if !has_gpu() {
        return;
    }
    let mut stage = Stage::new();
    let entity = stage.app.world_mut().spawn(SplatCloud::from_cloud(blobs())).id();
    entropy(&mut stage, entity);
    normals(&mut stage, entity);
    points(&mut stage, entity);
    ellipsoids(&mut stage, entity);
}

/// Dark where a class is sure, bright where all are alike, in between in between; the same for blended probabilities.
fn entropy(stage: &mut Stage, entity: Entity) {
    use bevy_semantic_splats::splat_core::Objective;
    stage.look(|view| view.mode = DisplayMode::Entropy);
    for objective in [Objective::Logits, Objective::Softmax] {
        let mut cloud = Cloud { objective, ..blobs() };
        let logits = [[6.0, -6.0], [0.5, -0.5], [0.0, 0.0]];
        for (row, logit) in cloud.logits.chunks_mut(2).enumerate() {
            logit.copy_from_slice(&logits[row / BLOB_ROWS as usize]);
        }
        show(stage, entity, cloud);
        let shot = stage.shot(&format!("entropy_{objective:?}"));
        let [sure, between, even] = BLOBS.map(|centre| shot.grey(pixel_of(centre)));
        assert!(sure + 0.1 < between && between + 0.1 < even && even > 0.6, "{sure} {between} {even}");
    }
}

/// A wall of flat Gaussians, turned about y and tilted, shows its normal.
fn normals(stage: &mut Stage, entity: Entity) {
    let turn = Quat::from_rotation_y(0.6) * Quat::from_rotation_x(-0.3);
    let place = |i: i32| turn * Vec3::new((i % 41 - 20) as f32, (i / 41 - 20) as f32, 0.0) * 0.06;
    let wall: Vec<_> = (0..41 * 41).map(|i| (place(i), Vec3::new(0.05, 0.05, 0.005), turn)).collect();
    show(stage, entity, rows(&wall, COLOURS[1]));
    stage.look(|view| view.mode = DisplayMode::Normals);
    let shot = stage.shot("normals");
    let expected = turn * Vec3::Z;
    let mut worst: f32 = 1.0;
    for (x, y) in [(0.0, 0.0), (0.5, 0.3), (-0.5, 0.4), (-0.4, -0.6), (0.6, -0.3)] {
        let shown = Vec3::from(shot.at(pixel_of(turn * Vec3::new(x, y, 0.0)))) * 2.0 - 1.0;
        worst = worst.min(shown.normalize().dot(expected));
    }
    assert!(worst > 0.97, "the worst normal is {:.1} degrees off", worst.acos().to_degrees());
    stage.look(|view| view.mode = DisplayMode::Colour);
}

/// Discs of one size whatever the Gaussian's, as opaque as can be.
fn points(stage: &mut Stage, entity: Entity) {
    let places = [Vec3::new(-0.8, 0.0, 0.0), Vec3::ZERO, Vec3::new(0.5, 0.0, 1.5)];
    let sizes = [0.02, 0.3, 0.05];
    let spots: Vec<_> = places.into_iter().zip(sizes).map(|(at, s)| (at, Vec3::splat(s), Quat::IDENTITY)).collect();
    show(stage, entity, rows(&spots, [1.0, 1.0, 1.0]));
    stage.look(|view| (view.mode, view.point_radius_px) = (DisplayMode::Points, 4.0));
    let shot = stage.shot("points");
    for at in places.map(pixel_of) {
        shot.assert_near(at, [1.0; 3], 0.02);
        let reach = 8;
        let mut area = 0.0;
        for (x, y) in (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (x as f32, y as f32))) {
            area += shot.grey(at + Vec2::new(x, y)).min(1.0);
        }
        let disc = std::f32::consts::PI * 16.0;
        assert!((area - disc).abs() < 0.25 * disc, "an area of {area}, expected about {disc}");
    }
    let hit = stage.pick(pixel_of(places[1]) + Vec2::new(2.0, 1.0)).0.hit.expect("inside the disc");
    assert_eq!(hit.row, 1);
    assert!(stage.pick(pixel_of(places[1]) + Vec2::new(7.0, 0.0)).0.hit.is_none(), "outside the disc");
}

/// Solid to the edge, nothing beyond it, darker at the rim; nearer ones hide farther ones.
fn ellipsoids(stage: &mut Stage, entity: Entity) {
    let long = Vec3::new(0.5, 0.1, 0.1);
    let two = [(Vec3::ZERO, long, Quat::IDENTITY), (-0.5 * Vec3::Z, Vec3::splat(0.25), Quat::IDENTITY)];
    show(stage, entity, rows(&two, [0.8, 0.8, 0.8]));
    stage.look(|view| view.mode = DisplayMode::Ellipsoids);
    let shot = stage.shot("ellipsoids");
    let centre = pixel_of(Vec3::ZERO);
    shot.assert_near(centre, [0.8; 3], 0.03);
    // Opacity 0.98 falls to 0.3 at 1.54 standard deviations.
    let edge = (pixel_of(1.54 * long.x * Vec3::X) - centre).x;
    let at = |x: f32| shot.grey(centre + Vec2::new(x, 0.0));
    assert!(
        at(edge - 2.0) > 0.3 && at(edge - 2.0) < 0.6 && at(edge + 2.0) < 0.01,
        "{} {}",
        at(edge - 2.0),
        at(edge + 2.0)
    );
    assert!(at(0.5 * edge) > at(0.9 * edge) + 0.05, "the rim is darker");
    let above = pixel_of(Vec3::new(0.0, 0.3, -0.5));
    assert!(shot.grey(above) > 0.3, "the ball behind is seen above");
    let hit = stage.pick(centre).0.hit.expect("the long one");
    assert!(hit.row == 0 && hit.coverage > 0.95 && (hit.distance - DISTANCE).abs() < 0.05, "{hit:?}");
    assert!(stage.pick(centre + Vec2::new(edge + 2.0, 0.0)).0.hit.is_none());
    stage.look(|view| *view = SplatView::default());
}
