//! Class colours that people with colour-blindness tell apart.
//!
//! The seven colours are Okabe and Ito's ("Color Universal Design", 2008, <https://jfly.uni-koeln.de/color/>), without their
//! black. Further classes take the same hues darker, then lighter, then darker still: steps of lightness are what every kind
//! of colour-blindness leaves. Beyond [`DISTINCT`] classes colours come again. What encloses a room is grey.

use palette::{FromColor, IntoColor, Oklch, Srgb};

/// Orange, sky blue, bluish green, yellow, blue, vermilion, reddish purple.
const HUES: [[u8; 3]; 7] =
    [[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [0, 114, 178], [213, 94, 0], [204, 121, 167]];
/// Factor of lightness, share of the way to white, factor of chroma: a round of hues each. Chosen so that the closest two of
/// all colours so far are as far apart as can be, for whichever kind of colour-blindness sees worst.
const ROUNDS: [(f32, f32, f32); 4] = [(1.0, 0.0, 1.0), (0.7, 0.0, 0.5), (1.0, 0.4, 0.45), (0.42, 0.0, 0.6)];
/// Classes whose colours differ.
pub const DISTINCT: usize = HUES.len() * ROUNDS.len();
/// Greys of what encloses a room.
const ENCLOSING: [(&str, u8); 3] = [("wall", 188), ("ceiling", 225), ("floor", 120)];

/// Colour of a class by its column in the scene and its name.
pub fn safe_colour(column: usize, name: &str) -> [u8; 3] {
    if let Some((_, grey)) = ENCLOSING.iter().find(|(enclosing, _)| name.eq_ignore_ascii_case(enclosing)) {
        return [*grey; 3];
    }
    let (factor, to_white, chroma) = ROUNDS[column / HUES.len() % ROUNDS.len()];
    let hue: Srgb<f32> = Srgb::from(HUES[column % HUES.len()]).into_format();
    if (factor, to_white) == (1.0, 0.0) {
        return HUES[column % HUES.len()];
    }
    let mut colour: Oklch = hue.into_color();
    colour.l = factor * colour.l + to_white * (1.0 - colour.l);
    colour.chroma *= chroma;
    Srgb::from_color(colour).into_format::<u8>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use palette::{LinSrgb, Oklab};

    /// Complete loss of one kind of cone, on linear sRGB (Machado, Oliveira and Fernandes 2009, severity 1).
    const KINDS: [[[f32; 3]; 3]; 3] = [
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ];

    fn seen(colour: [u8; 3], kind: &[[f32; 3]; 3]) -> Oklab {
        let c: LinSrgb<f32> = Srgb::from(colour).into_linear();
        let row = |r: &[f32; 3]| (r[0] * c.red + r[1] * c.green + r[2] * c.blue).clamp(0.0, 1.0);
        LinSrgb::new(row(&kind[0]), row(&kind[1]), row(&kind[2])).into_color()
    }

    /// The least distance of two of the first `n` colours, for whoever sees worst.
    fn least(n: usize) -> f32 {
        let mut least = f32::INFINITY;
        for kind in &KINDS {
            let colours: Vec<Oklab> = (0..n).map(|i| seen(safe_colour(i, "thing"), kind)).collect();
            for (i, a) in colours.iter().enumerate() {
                for b in &colours[..i] {
                    let d = ((a.l - b.l).powi(2) + (a.a - b.a).powi(2) + (a.b - b.b).powi(2)).sqrt();
                    least = least.min(d);
                }
            }
        }
        least
    }

    #[test]
    fn classes_differ_for_every_kind_of_colour_blindness() {
        let rounds = [1, 2, 3, 4].map(|rounds| least(rounds * HUES.len()));
        eprintln!("least OKLab distance after each round of hues: {rounds:.3?}");
        assert!(rounds[0] > 0.07 && rounds[2] > 0.04 && rounds[3] > 0.03);
    }

    #[test]
    fn what_encloses_a_room_is_grey_and_colours_come_again_late() {
        let [r, g, b] = safe_colour(3, "Wall");
        assert!(r == g && g == b);
        assert_eq!(safe_colour(0, "chair"), HUES[0]);
        assert_eq!(safe_colour(DISTINCT, "chair"), HUES[0]);
    }
}
