//! Bytes as people write them.

/// `2G`, `512M`, `1.5GiB`, `800000K` or plain bytes; units are powers of 1024.
pub fn bytes(text: &str) -> Result<u64, String> {
    let refuse = || "a number of bytes is needed, e.g. `2G` or `512M`".to_owned();
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| refuse())?;
    let unit = match unit.trim().to_ascii_lowercase().trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return Err(refuse()),
    };
    let bytes = number * 1024f64.powi(unit);
    if bytes >= 1.0 && bytes < 2f64.powi(60) { Ok(bytes as u64) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let sizes = [("2G", 2 << 30), ("512M", 512 << 20), ("1.5GiB", 3 << 29), ("64 kb", 64 << 10), ("4096", 4096)];
        for (text, expected) in sizes {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "G", "-1G", "1X", "0", "1e9", "nan", "999999999T"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
