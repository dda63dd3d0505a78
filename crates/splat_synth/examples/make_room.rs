//! Writes a room: `make_room OUT [SEED [WIDTH HEIGHT TRAIN TEST SAMPLES]]`.

use splat_synth::{RoomOptions, write_room};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize, default: u64| args.get(i).map_or(default, |s| s.parse().expect("a number"));
    let d = RoomOptions::new(number(2, 1));
    let options = RoomOptions {
        width: number(3, d.width as u64) as u32,
        height: number(4, d.height as u64) as u32,
        train_views: number(5, d.train_views as u64) as usize,
        test_views: number(6, d.test_views as u64) as usize,
        samples: number(7, d.samples as u64) as u32,
        ..d
    };
    let out = args.get(1).expect("an output folder");
    let started = std::time::Instant::now();
    let summary = write_room(out.as_ref(), &options, &|p| {
        eprintln!("{:6.1} s {:5.1} % {}", started.elapsed().as_secs_f32(), 100.0 * p.fraction, p.stage);
    });
    match summary {
        Ok(summary) => println!("{summary:#?}"),
        Err(error) => {
            eprintln!("error: {error}");
            std::process::exit(if error.is_bad_input() { 2 } else { 1 });
        }
    }
}
