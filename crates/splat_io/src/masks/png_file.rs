//! Masks as PNG. Values are read raw: nothing is scaled, no palette is looked up.

use crate::IoError;
use png::{BitDepth, ColorType};
use splat_core::{IGNORE_ID, LabelImage};
use std::io::Cursor;
use std::path::Path;

/// Decodes a grey or indexed PNG of 1 to 16 bits. An indexed image's index is the class id.
pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<LabelImage, IoError> {
    let broken = |e: png::DecodingError| IoError::bad(path, format!("cannot be decoded: {e}; is the file truncated?"));
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(broken)?;
    let (colour, depth) = reader.output_color_type();
    if !matches!(colour, ColorType::Grayscale | ColorType::Indexed) {
        let message = format!(
            "has colour type {colour:?}, so its values are no class ids; save masks as single-channel 8- or 16-bit PNG"
        );
        return Err(IoError::bad(path, message));
    }
    let size = reader.output_buffer_size().ok_or_else(|| IoError::bad(path, "is too large"))?;
    let mut data = vec![0; size];
    let frame = reader.next_frame(&mut data).map_err(broken)?;
    let (w, h) = (frame.width as usize, frame.height as usize);
    let ids = data.chunks_exact(frame.line_size).take(h).flat_map(|line| unpack(line, depth, w)).collect();
    Ok(LabelImage { width: frame.width, height: frame.height, ids })
}

fn unpack(line: &[u8], depth: BitDepth, width: usize) -> Vec<u16> {
    let small = |bits: usize| {
        let per_byte = 8 / bits;
        let mask = (1u16 << bits) - 1;
        let at = |x: usize| (line[x / per_byte] as u16 >> (8 - bits * (x % per_byte + 1))) & mask;
        (0..width).map(at).collect()
    };
    match depth {
        BitDepth::One => small(1),
        BitDepth::Two => small(2),
        BitDepth::Four => small(4),
        BitDepth::Eight => line.iter().map(|&v| if v == 255 { IGNORE_ID } else { v as u16 }).collect(),
        BitDepth::Sixteen => line.chunks_exact(2).map(|b| u16::from_be_bytes([b[0], b[1]])).collect(),
    }
}

/// Encodes a mask; 8 bits where they are enough.
pub(super) fn encode(path: &Path, mask: &LabelImage) -> Result<Vec<u8>, IoError> {
    let wide = mask.ids.iter().any(|&id| id != IGNORE_ID && id >= 255);
    let data: Vec<u8> = match wide {
        true => mask.ids.iter().flat_map(|id| id.to_be_bytes()).collect(),
        false => mask.ids.iter().map(|&id| id.min(255) as u8).collect(),
    };
    let depth = if wide { BitDepth::Sixteen } else { BitDepth::Eight };
    encode_grey(path, mask.width, mask.height, depth, &data)
}

/// Encodes raw grey samples.
pub(super) fn encode_grey(path: &Path, w: u32, h: u32, depth: BitDepth, data: &[u8]) -> Result<Vec<u8>, IoError> {
    let failed = |e: png::EncodingError| IoError::bad(path, format!("cannot be encoded: {e}"));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, w, h);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(data).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_values_are_ids_even_in_palettes_and_few_bits() {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 3, 2);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(BitDepth::Four);
        encoder.set_palette((0..48u8).collect::<Vec<u8>>());
        encoder.write_header().unwrap().write_image_data(&[0x12, 0x30, 0xf0, 0x40]).unwrap();
        let mask = decode(Path::new("palette.png"), &bytes).unwrap();
        assert_eq!((mask.width, mask.height, mask.ids), (3, 2, vec![1, 2, 3, 15, 0, 4]));
    }
}
