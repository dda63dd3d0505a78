// Label words: class column (65535 = none) in the low half, confidence 0..255 in the top byte.

const NO_LABEL: u32 = 0xff00ffffu;

fn label_column(word: u32) -> u32 { return word & 0xffffu; }

// What a label counts: (confidence / 255)^exponent; all alike for exponent 0.
fn label_weight(word: u32, exponent: f32) -> f32 {
    let confidence = f32(word >> 24u) / 255.0;
    let weight = select(0.0, pow(max(confidence, 1e-3), exponent), confidence > 0.0);
    return select(1.0, weight, exponent > 0.0);
}
