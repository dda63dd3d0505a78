// Codes and the classifier that turns them into class logits: z_c = W_c . s + b_c. Needs `classifier_at`.

struct Code { s: array<vec4<f32>, CODE_PLANES> }

// Logit of class c.
fn class_logit(code: Code, c: u32) -> f32 {
    var z = classifier_at(c * CLASSIFIER_TEXELS + CODE_PLANES).x;
    for (var k = 0u; k < CODE_PLANES; k++) { z += dot(classifier_at(c * CLASSIFIER_TEXELS + k), code.s[k]); }
    return z;
}

// code + factor W_c, by parts.
fn add_weights(code: Code, c: u32, factor: f32) -> Code {
    var sum = code;
    for (var k = 0u; k < CODE_PLANES; k++) { sum.s[k] += factor * classifier_at(c * CLASSIFIER_TEXELS + k); }
    return sum;
}
