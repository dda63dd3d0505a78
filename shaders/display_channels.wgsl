// Class channels of one of several clouds that a picture shows, under the classes of all. Every row says what it knows as
// log-probabilities (or probabilities): those of different clouds can then be blended with each other.

struct SharedChannelUniforms {
    row_capacity: u32,
    first_plane: u32,
    own_channels: u32,
    scene_capacity: u32,
    first_row: u32,
    channels: u32,
    objective: u32,
    pad: u32,
}

@group(0) @binding(0) var<uniform> shared_: SharedChannelUniforms;
@group(0) @binding(2) var<storage, read> counters: array<u32>;
@group(0) @binding(3) var<storage, read> own_columns: array<u32>;               // [channels] the cloud's column, or none
@group(0) @binding(4) var<storage, read_write> channels: array<vec4<f32>>;      // [planes, rows of the scene]

// Log-probability of a class that a cloud has never heard of.
const UNHEARD: f32 = -14.0;

fn own_logit(row: u32, column: u32) -> f32 {
    return rows_at((shared_.first_plane + column / 4u) * shared_.row_capacity + row)[column % 4u];
}

@compute @workgroup_size(ROW_GROUP)
fn display_channels(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        // No loop's end may hang on uniforms alone, see `compose`.
        let own = min(shared_.own_channels, 4u * arrayLength(&channels));
        let all = min(shared_.channels, arrayLength(&own_columns));
        var top = -3.4e38;
        for (var c = 0u; c < own; c++) { top = max(top, own_logit(row, c)); }
        var sum = 0.0;
        for (var c = 0u; c < own; c++) { sum += exp(own_logit(row, c) - top); }
        let whole = top + log(max(sum, 1e-30));
        for (var first = 0u; first < all; first += 4u) {
            var values = vec4<f32>(0.0);
            for (var k = 0u; k < min(4u, all - first); k++) {
                let column = own_columns[first + k];
                var log_p = UNHEARD;
                if column < own { log_p = max(own_logit(row, column) - whole, UNHEARD); }
                values[k] = select(log_p, exp(log_p), shared_.objective == OBJECTIVE_SOFTMAX);
            }
            channels[(first / 4u) * shared_.scene_capacity + shared_.first_row + row] = values;
        }
    }
}
