//! Rows change only through a `RowMap`: whatever maps come, parameters, moments, labels and statistics stay together.

use glam::DVec3;
use splat_core::{ClassInfo, Cloud, LabelSet, RowMap, RowSource, SideCar, TrainSettings};
use splat_reference::backward::Statistic;
use splat_reference::densify::{SPLIT_SHRINK, apply, decide, reset_opacity};
use splat_reference::fixture::{self, Dice};
use splat_reference::optimise::Moments;
use splat_reference::{Column, LossWeights, RenderSettings, Rows, loss_and_gradients, render};

fn classes(count: u16) -> LabelSet {
    let class = |id| ClassInfo { id: 3 * id, name: format!("thing {id}"), colour: [id as u8; 3], pixel_count: 1 };
    LabelSet { classes: (0..count).map(class).collect() }
}

/// Rows whose every number says which row it belongs to: row r of a column holds r + a tenth of its place.
fn marked(rows: usize, sh_degree: u8, class_count: usize) -> Rows {
    let mut out = Rows::zeros(rows, sh_degree, class_count);
    for (column, row) in Column::ALL.into_iter().flat_map(|c| (0..rows).map(move |r| (c, r))) {
        out.row_mut(column, row).iter_mut().enumerate().for_each(|(i, v)| *v = row as f64 + 0.01 * i as f64);
    }
    out
}

/// Any map: rows dropped, kept, cloned, split, also out of order.
fn random_map(dice: &mut Dice, rows: usize) -> RowMap {
    let length = dice.below(2 * rows + 1);
    let mut source = || {
        let row = dice.below(rows) as u32;
        [RowSource::Keep(row), RowSource::Clone(row), RowSource::Split(row)][dice.below(3)]
    };
    RowMap { sources: (0..length).map(|_| source()).collect() }
}

#[test]
fn every_column_follows_any_map() {
    let mut dice = Dice::new(1);
    for _ in 0..200 {
        let (n, degree, c) = (1 + dice.below(30), dice.below(4) as u8, dice.below(5));
        let map = random_map(&mut dice, n);
        let before = marked(n, degree, c);
        let mut rows = before.clone();
        rows.follow(&map);
        assert_eq!(rows.len(), map.sources.len());
        let mut moments = Moments { first: before.clone(), second: before.clone() };
        moments.follow(&map);
        for (row, source) in map.sources.iter().enumerate() {
            for column in Column::ALL {
                assert_eq!(rows.row(column, row), before.row(column, source.parent()), "{column:?}");
                let moment = moments.second.row(column, row);
                if source.is_new() {
                    assert!(moment.iter().all(|&m| m == 0.0), "a new row must start without moments");
                } else {
                    assert_eq!(moment, before.row(column, source.parent()));
                }
            }
        }
    }
}

#[test]
fn a_cloud_follows_as_its_columns_do() {
    let mut dice = Dice::new(2);
    for _ in 0..50 {
        let n = 1 + dice.below(20);
        let map = random_map(&mut dice, n);
        let mut rows = marked(n, 2, 4);
        let mut cloud = rows.to_cloud(classes(4));
        cloud.follow(&map);
        rows.follow(&map);
        cloud.check_shape().unwrap();
        assert_eq!(cloud, rows.to_cloud(classes(4)));
        assert_eq!(Rows::from_cloud(&cloud).to_cloud(classes(4)), cloud);
    }
}

#[test]
fn the_identity_changes_nothing_and_maps_chain() {
    let before = marked(9, 1, 2);
    let mut rows = before.clone();
    rows.follow(&RowMap::identity(9));
    assert_eq!(rows, before);
    let mut dice = Dice::new(3);
    let first = RowMap { sources: (0..6).map(|_| RowSource::Keep(dice.below(9) as u32)).collect() };
    let second = random_map(&mut dice, 6);
    let parents = second.sources.iter().map(|s| RowSource::Keep(first.sources[s.parent()].parent() as u32));
    let joined = RowMap { sources: parents.collect() };
    let (mut twice, mut once) = (before.clone(), before);
    twice.follow(&first);
    twice.follow(&second);
    once.follow(&joined);
    assert_eq!(twice, once);
}

#[test]
fn empty_clouds_and_empty_maps() {
    let mut rows = Rows::zeros(0, 3, 0);
    rows.follow(&RowMap::default());
    assert!(rows.is_empty());
    let mut rows = marked(4, 3, 2);
    rows.follow(&RowMap::default());
    assert!(rows.is_empty());
    Cloud::default().check_shape().unwrap();
}

/// Six rows in a scene of extent 1, each with one fate. After step 4,000, when large rows are dropped.
fn fates() -> (Rows, Statistic, Vec<RowSource>) {
    use RowSource::{Clone, Keep, Split};
    let mut rows = fixture::rows(4, 7, 1, 3);
    let mut statistic = Statistic::new(7);
    let mut set = |row: usize, scale: f64, opacity: f64, grows: bool| {
        rows.row_mut(Column::LogScale, row).copy_from_slice(&[-9.0, scale.ln(), -8.0]);
        rows[Column::Opacity][row] = (opacity / (1.0 - opacity)).ln();
        statistic.gradient_sum[row] = if grows { 3.0 * 2.1e-4 } else { 3.0 * 1.9e-4 };
        statistic.views[row] = 3;
    };
    set(0, 0.009, 0.5, false); // stays
    set(1, 0.009, 0.5, true); // small: cloned
    set(2, 0.011, 0.5, true); // larger: split
    set(3, 0.009, 0.004, true); // transparent: dropped, children too
    set(4, 0.110, 0.5, false); // too large: dropped
    set(5, 0.110, 0.5, true); // too large, but its children are not
    set(6, 0.009, 0.5, false); // never seen
    (statistic.gradient_sum[6], statistic.views[6]) = (0.0, 0);
    let expected = vec![Keep(0), Keep(1), Clone(1), Split(2), Split(2), Split(5), Split(5), Keep(6)];
    (rows, statistic, expected)
}

#[test]
fn decisions_follow_the_published_rules() {
    let (mut rows, statistic, expected) = fates();
    let settings = TrainSettings::default();
    assert_eq!(decide(&rows, &statistic, &settings, 4_000, 1.0).sources, expected);
    // Before the first opacity reset size is no reason to be dropped.
    let early = decide(&rows, &statistic, &settings, 600, 1.0);
    assert!(early.sources.contains(&RowSource::Keep(4)));
    // Rows that are not numbers are dropped.
    rows.row_mut(Column::Rotation, 0)[3] = f64::NAN;
    assert_eq!(decide(&rows, &statistic, &settings, 4_000, 1.0).sources, expected[1..]);
}

#[test]
fn growth_stops_at_the_limit() {
    let (rows, statistic, expected) = fates();
    for limit in 0..=10 {
        let settings = TrainSettings { max_gaussians: limit, ..TrainSettings::default() };
        let map = decide(&rows, &statistic, &settings, 4_000, 1.0);
        // Five rows survive without growth; a limit below that drops nothing more.
        assert!(map.sources.len() <= (limit as usize).clamp(5, expected.len()), "limit {limit}: {map:?}");
    }
}

#[test]
fn children_lie_in_their_parent_and_share_its_labels() {
    let (mut rows, mut statistic, _) = fates();
    let before = rows.clone();
    let mut moments = Moments::new(&rows);
    moments.first[Column::Mean].fill(1.0);
    let map = decide(&rows, &statistic, &TrainSettings::default(), 4_000, 1.0);
    let mut dice = Dice::new(5);
    let mut normals = vec![DVec3::ZERO; map.sources.len()];
    normals.iter_mut().for_each(|n| *n = DVec3::new(dice.normal(), dice.normal(), dice.normal()));
    apply(&map, &mut rows, &mut moments, &mut statistic, |row| normals[row]);
    assert_eq!(statistic, Statistic::new(map.sources.len()));
    for (row, source) in map.sources.iter().enumerate() {
        let parent = source.parent();
        assert_eq!(rows.row(Column::Logits, row), before.row(Column::Logits, parent));
        assert_eq!(moments.first.row(Column::Mean, row)[0], if source.is_new() { 0.0 } else { 1.0 });
        let step = rows.vec3(Column::Mean, row) - before.vec3(Column::Mean, parent);
        if let RowSource::Split(_) = source {
            let scale = before.vec3(Column::LogScale, parent).exp();
            let ratio = scale / rows.vec3(Column::LogScale, row).exp();
            assert!((ratio - SPLIT_SHRINK).abs().max_element() < 1e-12);
            // In the parent's own axes the step is the normal number times the scale.
            let turned = splat_reference::covariance::rotation(before.quaternion(parent)).transpose() * step;
            assert!((turned / scale - normals[row]).abs().max_element() < 1e-6);
        } else {
            assert_eq!(step, DVec3::ZERO);
        }
    }
}

#[test]
fn a_reset_lowers_opacities_and_forgets_their_moments_only() {
    let mut rows = fixture::rows(6, 5, 0, 0);
    rows[Column::Opacity][0] = -7.0;
    let mut moments = Moments { first: marked(5, 0, 0), second: marked(5, 0, 0) };
    reset_opacity(&mut rows, &mut moments);
    assert_eq!(rows[Column::Opacity][0], -7.0);
    assert!((1..5).all(|row| rows.opacity(row) <= 0.01 + 1e-12));
    assert!(moments.first[Column::Opacity].iter().all(|&m| m == 0.0));
    assert_eq!(moments.second[Column::Mean], marked(5, 0, 0)[Column::Mean]);
}

#[test]
fn hostile_rows_are_never_seen_and_spoil_nothing() {
    let (camera, settings) = (fixture::camera(40, 24), RenderSettings::default());
    let clean = fixture::rows(8, 10, 2, 4);
    let target = fixture::target(9, &clean, &camera, &settings);
    let weights = LossWeights { entropy: 0.01, ..Default::default() };
    let mut hostile = clean.clone();
    let doubled = RowMap { sources: (0..20).map(|row| RowSource::Keep(row % 10)).collect() };
    hostile.follow(&doubled);
    let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    for row in 10..20 {
        let column = Column::ALL[row % Column::ALL.len()];
        let place = row % hostile.width(column);
        hostile.row_mut(column, row)[place] = bad[row % 3];
    }
    assert_eq!(render(&hostile, &camera, &settings).rgb, render(&clean, &camera, &settings).rgb);
    let step = loss_and_gradients(&hostile, &camera, &target, &weights, &settings);
    assert!(step.terms.total.is_finite());
    for column in Column::ALL {
        assert!(step.d_rows[column].iter().all(|g| g.is_finite()), "{column:?}");
        assert!((10..20).all(|row| step.d_rows.row(column, row).iter().all(|&g| g == 0.0)), "{column:?}");
    }
}

#[test]
fn a_row_without_a_direction_is_never_seen() {
    let (camera, settings) = (fixture::camera(40, 24), RenderSettings::default());
    let mut rows = fixture::rows(8, 1, 0, 0);
    assert!(render(&rows, &camera, &settings).blended_pairs > 0);
    rows.row_mut(Column::Rotation, 0).fill(0.0);
    assert_eq!(render(&rows, &camera, &settings).blended_pairs, 0);
}

#[test]
fn extreme_but_finite_rows_give_finite_numbers() {
    let (camera, settings) = (fixture::camera(40, 24), RenderSettings::default());
    let clean = fixture::rows(8, 10, 2, 4);
    let target = fixture::target(9, &clean, &camera, &settings);
    let weights = LossWeights { entropy: 0.01, ..Default::default() };
    for (column, value) in [
        (Column::Rotation, 0.0),
        (Column::LogScale, 90.0),
        (Column::LogScale, -90.0),
        (Column::LogScale, 3e38),
        (Column::Opacity, 800.0),
        (Column::Opacity, -800.0),
        (Column::Mean, 1e30),
        (Column::Logits, 1e6),
        (Column::Sh, 1e9),
    ] {
        let mut rows = clean.clone();
        rows.row_mut(column, 3).fill(value);
        let step = loss_and_gradients(&rows, &camera, &target, &weights, &settings);
        assert!(step.terms.total.is_finite(), "{column:?} = {value}");
        for d in Column::ALL {
            assert!(step.d_rows[d].iter().all(|g| g.is_finite()), "{column:?} = {value}: gradient of {d:?}");
        }
    }
}
