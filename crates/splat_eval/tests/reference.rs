//! Class metrics against independent implementations, run once on the same generated labels: scikit-learn's confusion matrix,
//! SciPy's erosion, NumPy.

use splat_core::{IGNORE_ID, LabelImage};
use splat_eval::{Calibration, Segmentation};

const WIDTH: usize = 48;
const HEIGHT: usize = 36;

/// The same linear congruences as on the other side.
struct Random(u32);

impl Random {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) as usize
    }
}

/// Overlapping blocks of five classes and of none.
fn truth() -> Vec<u16> {
    let mut random = Random(11);
    let mut ids = vec![0; WIDTH * HEIGHT];
    for _ in 0..14 {
        let (x, y) = (random.next() % WIDTH, random.next() % HEIGHT);
        let (w, h) = (random.next() % 20 + 4, random.next() % 16 + 4);
        let class = random.next() % 6;
        for py in y..(y + h).min(HEIGHT) {
            for px in x..(x + w).min(WIDTH) {
                ids[py * WIDTH + px] = if class < 5 { class as u16 } else { IGNORE_ID };
            }
        }
    }
    ids
}

/// The truth, a pixel to the right, with a block painted over and class 1 where there is no truth.
fn prediction(truth: &[u16]) -> Vec<u16> {
    let said = |pixel: usize| {
        let (x, y) = (pixel % WIDTH, pixel / WIDTH);
        let shifted = truth[y * WIDTH + (x + WIDTH - 1) % WIDTH];
        match shifted {
            _ if (10..16).contains(&y) && (8..30).contains(&x) => 2,
            IGNORE_ID => 1,
            class => class,
        }
    };
    (0..WIDTH * HEIGHT).map(said).collect()
}

fn image(ids: Vec<u16>) -> LabelImage {
    LabelImage { width: WIDTH as u32, height: HEIGHT as u32, ids }
}

#[test]
fn scores_agree_with_independent_implementations() {
    let ids = truth();
    let (truth, said) = (image(ids.clone()), image(prediction(&ids)));
    let mut scores = Segmentation::default();
    scores.add(&truth, &said).unwrap();
    let matrix = [[777, 28, 10, 3, 18], [20, 223, 5, 0, 8], [0, 5, 135, 0, 0], [5, 0, 13, 31, 0], [15, 0, 12, 4, 225]];
    for (t, row) in matrix.iter().enumerate() {
        for (p, &pixels) in row.iter().enumerate() {
            let found = scores.total.pairs.get(&(t as u16, p as u16)).copied().unwrap_or(0);
            assert_eq!(found, pixels, "{t} taken for {p}");
        }
    }
    let close = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 1e-9;
    assert!(close(scores.miou_dataset(), 0.752_011_273_588_935_7), "{:?}", scores.miou_dataset());
    assert!(close(scores.accuracy(), 0.905_009_759_271_307_8), "{:?}", scores.accuracy());
    let boundary =
        [0.589_080_459_770_114_9, 0.431_034_482_758_620_66, 0.272_727_272_727_272_7, 0.384_615_384_615_384_64];
    for (id, expected) in boundary.into_iter().enumerate() {
        assert!(close(scores.boundary.iou(id as u16), expected), "{id}: {:?}", scores.boundary.iou(id as u16));
    }
    assert!(close(scores.boundary.mean_iou(), 0.404_772_565_725_912_5), "{:?}", scores.boundary.mean_iou());
}

#[test]
fn calibration_agrees_with_an_independent_implementation() {
    let ids = truth();
    let mut random = Random(12);
    let confidence: Vec<f32> = (0..ids.len()).map(|_| (random.next() % 1000) as f32 / 1000.0 + 0.0005).collect();
    let mut calibration = Calibration::default();
    calibration.add(&image(ids.clone()), &image(prediction(&ids)), &confidence).unwrap();
    let ece = calibration.ece().unwrap();
    assert!((ece - 0.407_206_571_242_680_6).abs() < 1e-6, "{ece}");
}
