use splat_synth::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let out = std::path::PathBuf::from(&a[1]);
    std::fs::create_dir_all(&out).unwrap();
    let n = |i: usize, d: u64| a.get(i).map_or(d, |s| s.parse().unwrap());
    let o = RoomOptions { width: n(3, 240) as u32, height: n(4, 160) as u32, train_views: n(5, 12) as usize, test_views: 0, samples: n(6, 8) as u32, ..RoomOptions::new(n(2, 1)) };
    preview(&o, &out);
}
