// Which 8x8 blocks an ellipse {d : a dx^2 + 2 b dx dy + c dy^2 <= r2} reaches: exact per 8-pixel strip.

struct Ellipse {
    mean_px: vec2<f32>,
    conic: vec3<f32>, // a, b, c
    r2: f32,
}

// First and last block column that the ellipse reaches in block row `strip`; x > y where it reaches none.
// The pixel centres of a strip lie on rows 8 strip + 0.5 .. 8 strip + 7.5; the rightmost point of the ellipse lies at
// dy = -b/c x_max, and the boundary is concave in dy, so clamping that dy into the strip gives the strip's extreme.
fn strip_span(e: Ellipse, strip: i32, size_px: vec2<u32>) -> vec2<i32> {
    let top = f32(strip * i32(BLOCK_PX)) + 0.5 - e.mean_px.y;
    let last_row = min(strip * i32(BLOCK_PX) + i32(BLOCK_PX) - 1, i32(size_px.y) - 1);
    let bottom = f32(last_row) + 0.5 - e.mean_px.y;
    let det = max(e.conic.x * e.conic.z - e.conic.y * e.conic.y, 1e-30);
    let x_max = sqrt(e.r2 * e.conic.z / det);
    let dy_right = clamp(-e.conic.y / e.conic.z * x_max, top, bottom);
    let dy_left = clamp(e.conic.y / e.conic.z * x_max, top, bottom);
    // a x^2 + 2 b dy x + (c dy^2 - r2) = 0, discriminant / 4:
    let disc_right = e.conic.x * e.r2 - det * dy_right * dy_right;
    let disc_left = e.conic.x * e.r2 - det * dy_left * dy_left;
    let right = (-e.conic.y * dy_right + sqrt(max(disc_right, 0.0))) / e.conic.x + e.mean_px.x;
    let left = (-e.conic.y * dy_left - sqrt(max(disc_left, 0.0))) / e.conic.x + e.mean_px.x;
    let width = f32(size_px.x);
    let first = i32(ceil(clamp(left - 0.5, -1.0, width)));
    let last = i32(floor(clamp(right - 0.5, -1.0, width)));
    let x0 = max(first, 0);
    let x1 = min(last, i32(size_px.x) - 1);
    let reached = disc_right >= 0.0 && disc_left >= 0.0 && x0 <= x1;
    return select(vec2<i32>(1, 0), vec2<i32>(x0, x1) / i32(BLOCK_PX), reached);
}

// First and last tile row that the ellipse can reach; x > y where none.
fn tile_rows(e: Ellipse, size_px: vec2<u32>) -> vec2<i32> {
    let det = max(e.conic.x * e.conic.z - e.conic.y * e.conic.y, 1e-30);
    let y_max = sqrt(e.r2 * e.conic.x / det);
    let height = f32(size_px.y);
    let first = max(i32(ceil(clamp(e.mean_px.y - y_max - 0.5, -1.0, height))), 0);
    let last = min(i32(floor(clamp(e.mean_px.y + y_max - 0.5, -1.0, height))), i32(size_px.y) - 1);
    return select(vec2<i32>(1, 0), vec2<i32>(first, last) / i32(TILE_PX), first <= last);
}

// The two strips of a tile row.
struct TileRowSpans {
    upper: vec2<i32>, // block columns of the upper strip
    lower: vec2<i32>,
    tiles: vec2<i32>, // tile columns of both
}

fn tile_row_spans(e: Ellipse, tile_row: i32, size_px: vec2<u32>) -> TileRowSpans {
    var s: TileRowSpans;
    s.upper = strip_span(e, 2 * tile_row, size_px);
    s.lower = strip_span(e, 2 * tile_row + 1, size_px);
    let has_lower_rows = (2 * tile_row + 1) * i32(BLOCK_PX) < i32(size_px.y);
    s.lower = select(vec2<i32>(1, 0), s.lower, has_lower_rows);
    let has_upper = s.upper.x <= s.upper.y;
    let has_lower = s.lower.x <= s.lower.y;
    let both = vec2<i32>(min(s.upper.x, s.lower.x), max(s.upper.y, s.lower.y));
    let blocks = select(select(vec2<i32>(2, 0), s.lower, has_lower), select(s.upper, both, has_lower), has_upper);
    s.tiles = select(vec2<i32>(1, 0), blocks / 2, blocks.x <= blocks.y);
    return s;
}

// Tile entries and block hits of an ellipse: none where it is not visible.
fn list_needs(e: Ellipse, size_px: vec2<u32>, visible: bool) -> vec2<u32> {
    let span = select(vec2<i32>(1, 0), tile_rows(e, size_px), visible);
    var need = vec2<u32>(0u);
    for (var tile_row = span.x; tile_row <= span.y; tile_row++) {
        let s = tile_row_spans(e, tile_row, size_px);
        let hits = max(s.upper.y - s.upper.x + 1, 0) + max(s.lower.y - s.lower.x + 1, 0);
        need += vec2<u32>(vec2<i32>(max(s.tiles.y - s.tiles.x + 1, 0), hits));
    }
    return need;
}
