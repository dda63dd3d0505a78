//! LPIPS against the reference implementation (the Python package `lpips` 0.1.4 on torch 2.2), with weights that both sides make
//! from the same hash: real ones are not ours to carry, and any weights prove the arithmetic.

use image::RgbImage;
use safetensors::tensor::{Dtype, TensorView, serialize_to_file};
use splat_eval::Lpips;
use std::path::Path;

/// 0..1 from a counter and a seed.
fn hash(i: u32, seed: u32) -> f64 {
    let mut x = i.wrapping_mul(0x9E37_79B1).wrapping_add(seed.wrapping_mul(0x85EB_CA77));
    x = (x ^ (x >> 16)).wrapping_mul(0x7FEB_352D);
    x = (x ^ (x >> 15)).wrapping_mul(0x846C_A68B);
    (x ^ (x >> 16)) as f64 / 4_294_967_296.0
}

fn bytes(values: impl Iterator<Item = f64>) -> Vec<u8> {
    values.flat_map(|v| (v as f32).to_le_bytes()).collect()
}

/// (index, inputs, outputs, kernel, slice from 1) of every convolution.
type Layers = &'static [(usize, usize, usize, usize, usize)];

const ALEX: Layers =
    &[(0, 3, 64, 11, 1), (3, 64, 192, 5, 2), (6, 192, 384, 3, 3), (8, 384, 256, 3, 4), (10, 256, 256, 3, 5)];
const VGG: Layers = &[
    (0, 3, 64, 3, 1),
    (2, 64, 64, 3, 1),
    (5, 64, 128, 3, 2),
    (7, 128, 128, 3, 2),
    (10, 128, 256, 3, 3),
    (12, 256, 256, 3, 3),
    (14, 256, 256, 3, 3),
    (17, 256, 512, 3, 4),
    (19, 512, 512, 3, 4),
    (21, 512, 512, 3, 4),
    (24, 512, 512, 3, 5),
    (26, 512, 512, 3, 5),
    (28, 512, 512, 3, 5),
];

/// Weights of a network, named as the package (`net.slice1.0`) or as torchvision (`features.0`) does.
fn write_weights(path: &Path, layers: Layers, torchvision: bool) {
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    let mut compared = vec![0; 5];
    for (i, &(index, inputs, outputs, k, slice)) in layers.iter().enumerate() {
        let seed = 2 * i as u32;
        let fan_in = inputs * k * k;
        let bound = (6.0 / fan_in as f64).sqrt();
        let name = if torchvision { format!("features.{index}") } else { format!("net.slice{slice}.{index}") };
        let weights = bytes((0..(outputs * fan_in) as u32).map(|j| (2.0 * hash(j, seed) - 1.0) * bound));
        tensors.push((format!("{name}.weight"), vec![outputs, inputs, k, k], weights));
        let bias = bytes((0..outputs as u32).map(|j| (2.0 * hash(j, seed + 1) - 1.0) * 0.05));
        tensors.push((format!("{name}.bias"), vec![outputs], bias));
        compared[slice - 1] = outputs;
    }
    for (i, &outputs) in compared.iter().enumerate() {
        let lin = bytes((0..outputs as u32).map(|j| hash(j, 100 + i as u32)));
        tensors.push((format!("lin{i}.model.1.weight"), vec![1, outputs, 1, 1], lin));
    }
    let views = tensors.iter().map(|(n, s, d)| (n.as_str(), TensorView::new(Dtype::F32, s.clone(), d).unwrap()));
    serialize_to_file(views, None, path).unwrap();
}

/// Noise, and the same noise a quarter mixed with other noise.
fn pictures() -> [RgbImage; 2] {
    let byte = |i: u32, seed: u32| (hash(i, seed) * 256.0) as u32;
    let of = |value: &dyn Fn(u32) -> u32| {
        RgbImage::from_raw(64, 48, (0..64 * 48 * 3).map(|i| value(i) as u8).collect()).unwrap()
    };
    [of(&|i| byte(i, 200)), of(&|i| (3 * byte(i, 200) + byte(i, 201)) / 4)]
}

fn check(layers: Layers, name: &str, torchvision: bool, expected: [f64; 2]) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("weights.safetensors");
    write_weights(&path, layers, torchvision);
    let lpips = Lpips::load(&path).unwrap();
    assert_eq!(lpips.name(), name);
    let [a, b] = pictures();
    let found = lpips.distances(&a, &b).unwrap();
    let [normalised, unnormalised] = expected;
    assert!((found.normalised - normalised).abs() < 1e-4 * normalised, "{found:?}, expected {normalised}");
    assert!((found.unnormalised - unnormalised).abs() < 1e-4 * unnormalised, "{found:?}, expected {unnormalised}");
    let same = lpips.distances(&a, &a).unwrap();
    assert_eq!((same.normalised, same.unnormalised), (0.0, 0.0));
    assert!(lpips.distances(&a, &RgbImage::new(64, 47)).unwrap_err().is_bad_input());
    assert!(lpips.distances(&RgbImage::new(15, 99), &RgbImage::new(15, 99)).unwrap_err().is_bad_input());
}

#[test]
fn alexnet_agrees_with_the_reference() {
    check(ALEX, "AlexNet", false, [0.090_407_103_300, 0.033_073_518_425]);
}

#[test]
fn vgg_agrees_with_the_reference() {
    check(VGG, "VGG-16", true, [0.101_508_498_192, 0.025_044_634_938]);
}

#[test]
fn other_files_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    let refused = |part: &str| {
        let error = Lpips::load(&path).err().unwrap();
        assert!(error.is_bad_input() && error.to_string().contains("w.safetensors"), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    };
    refused("");
    std::fs::write(&path, "PK not safe").unwrap();
    refused("safetensors");
    let data = vec![0u8; 64 * 3 * 49 * 4];
    let view = TensorView::new(Dtype::F32, vec![64, 3, 7, 7], &data).unwrap();
    serialize_to_file([("features.0.weight", view)], None, &path).unwrap();
    refused("neither AlexNet's nor VGG-16's");
    let data = vec![0u8; 64 * 3 * 9 * 4];
    let view = TensorView::new(Dtype::F32, vec![64, 3, 3, 3], &data).unwrap();
    serialize_to_file([("features.0.weight", view)], None, &path).unwrap();
    refused("features.0.bias");
}

/// A field of a protocol-buffers message that holds bytes.
fn field(number: u8, value: &[u8]) -> Vec<u8> {
    assert!(value.len() < 1 << 14);
    let length = [value.len() as u8 | 0x80, (value.len() >> 7) as u8];
    [&[number << 3 | 2], length.as_slice(), value].concat()
}

/// One that holds a small number.
fn number(field: u8, value: u8) -> Vec<u8> {
    vec![field << 3, value]
}

/// An ONNX network that gives the mean squared difference of its inputs.
fn squared_difference(inputs: &[&str]) -> Vec<u8> {
    let node = |op: &str, inputs: [&str; 2], output: &str| {
        let inputs = inputs.map(|name| if name.is_empty() { Vec::new() } else { field(1, name.as_bytes()) }).concat();
        field(1, &[inputs, field(2, output.as_bytes()), field(4, op.as_bytes())].concat())
    };
    let any = field(1, &field(2, b"any"));
    let float = field(1, &[number(1, 1), field(2, &any.repeat(4))].concat());
    let value = |name: &str| [field(1, name.as_bytes()), field(2, &float)].concat();
    let mut graph = vec![
        node("Sub", ["a", "b"], "d"),
        node("Mul", ["d", "d"], "s"),
        node("ReduceMean", ["s", ""], "mean"),
        field(2, b"distance"),
        field(12, &value("mean")),
    ];
    graph.extend(inputs.iter().map(|name| field(11, &value(name))));
    [number(1, 8), field(8, &number(2, 13)), field(7, &graph.concat())].concat()
}

#[test]
fn a_network_in_onnx_is_run_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lpips.onnx");
    std::fs::write(&path, squared_difference(&["a", "b"])).unwrap();
    let lpips = Lpips::load(&path).unwrap();
    assert_eq!(lpips.name(), "ONNX");
    let [a, b] = pictures();
    let squares = a.iter().zip(b.iter()).map(|(a, b)| ((*a as f64 - *b as f64) / 255.0).powi(2));
    let expected = squares.sum::<f64>() / a.len() as f64;
    let found = lpips.distances(&a, &b).unwrap();
    assert!((found.unnormalised - expected).abs() < 1e-6, "{found:?}, expected {expected}");
    assert!((found.normalised - 4.0 * expected).abs() < 1e-6, "{found:?}, expected {}", 4.0 * expected);
    assert!(lpips.distances(&a, &RgbImage::new(64, 47)).unwrap_err().is_bad_input());

    for broken in [squared_difference(&["a", "b", "c"]), b"no network".to_vec(), Vec::new()] {
        std::fs::write(&path, broken).unwrap();
        let error = Lpips::load(&path).err().unwrap();
        assert!(error.is_bad_input() && error.to_string().contains("lpips.onnx"), "{error}");
    }
}
