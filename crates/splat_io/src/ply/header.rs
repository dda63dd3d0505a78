//! PLY headers.

use crate::IoError;
use std::path::Path;

/// How the rows are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// One row a line.
    Ascii,
    /// Packed, low byte first.
    LittleEndian,
    /// Packed, high byte first.
    BigEndian,
}

/// A number type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Scalar {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Scalar {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "char" | "int8" => Self::I8,
            "uchar" | "uint8" => Self::U8,
            "short" | "int16" => Self::I16,
            "ushort" | "uint16" => Self::U16,
            "int" | "int32" => Self::I32,
            "uint" | "uint32" => Self::U32,
            "float" | "float32" => Self::F32,
            "double" | "float64" => Self::F64,
            _ => return None,
        })
    }

    /// Size in bytes.
    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One number.
    Scalar(Scalar),
    /// A count and that many numbers.
    List {
        /// Type of the count.
        count: Scalar,
        /// Type of the items.
        item: Scalar,
    },
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its name, `vertex` or `face` mostly.
    pub name: String,
    /// Rows, as claimed.
    pub rows: usize,
    /// Columns.
    pub properties: Vec<Property>,
}

impl Element {
    /// Index of a number property.
    pub fn scalar_index(&self, name: &str) -> Option<usize> {
        self.properties.iter().position(|p| p.name == name && matches!(p.kind, Kind::Scalar(_)))
    }

    /// Index of a list property.
    pub fn list_index(&self, name: &str) -> Option<usize> {
        self.properties.iter().position(|p| p.name == name && matches!(p.kind, Kind::List { .. }))
    }

    /// Fewest bytes that a binary row takes (lists empty).
    pub fn min_row_bytes(&self) -> usize {
        let size = |p: &Property| match p.kind {
            Kind::Scalar(s) => s.size(),
            Kind::List { count, .. } => count.size(),
        };
        self.properties.iter().map(size).sum()
    }
}

/// A parsed header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// How rows are stored.
    pub encoding: Encoding,
    /// Tables in file order.
    pub elements: Vec<Element>,
    /// Comment lines without the word `comment`.
    pub comments: Vec<String>,
    /// Byte at which rows start.
    pub body_offset: usize,
    /// Lines of the header, `end_header` included.
    pub lines: usize,
}

impl Header {
    /// Parses the start of a file.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, IoError> {
        let mut encoding = None;
        let (mut elements, mut comments) = (Vec::<Element>::new(), Vec::new());
        let (mut offset, mut number) = (0, 0);
        loop {
            let Some(length) = bytes[offset..].iter().position(|&b| b == b'\n') else {
                let message = if number == 0 {
                    "is not a PLY file"
                } else {
                    "the header has no `end_header`; is the file truncated?"
                };
                return Err(IoError::bad(path, message));
            };
            let raw = &bytes[offset..offset + length];
            offset += length + 1;
            number += 1;
            let bad = |message: String| IoError::bad_at(path, format_args!("line {number}"), message);
            let line = std::str::from_utf8(raw).map_err(|_| bad("the header is not text".into()))?.trim_end();
            if number == 1 {
                if line != "ply" {
                    return Err(IoError::bad(path, "is not a PLY file (the first line is not `ply`)"));
                }
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["end_header"] => break,
                ["format", kind, _version] => {
                    encoding = Some(parse_encoding(kind).ok_or_else(|| bad(format!("unknown format `{kind}`")))?)
                }
                ["comment", ..] => comments.push(line["comment".len()..].trim_start().to_owned()),
                ["obj_info", ..] | [] => {}
                ["element", name, rows] => {
                    let rows = rows.parse().map_err(|_| bad(format!("`{rows}` is not a row count")))?;
                    elements.push(Element { name: (*name).to_owned(), rows, properties: Vec::new() });
                }
                ["property", rest @ ..] => {
                    let property = parse_property(rest).ok_or_else(|| bad(format!("cannot understand `{line}`")))?;
                    let element = elements.last_mut().ok_or_else(|| bad("a property before any element".into()))?;
                    element.properties.push(property);
                }
                _ => return Err(bad(format!("cannot understand `{line}`"))),
            }
        }
        let encoding = encoding.ok_or_else(|| IoError::bad(path, "the header has no `format` line"))?;
        let header = Self { encoding, elements, comments, body_offset: offset, lines: number };
        header.check_counts(path, bytes.len() - offset)?;
        Ok(header)
    }

    /// Holds the claimed row counts against the bytes that are there.
    fn check_counts(&self, path: &Path, body_bytes: usize) -> Result<(), IoError> {
        let mut needed = 0usize;
        for e in &self.elements {
            let row_bytes = match self.encoding {
                Encoding::Ascii => e.properties.len().max(1), // a digit and a separator each, the last newline may be missing
                _ => e.min_row_bytes(),
            };
            if row_bytes == 0 && e.rows > 0 {
                return Err(IoError::bad(path, format!("element `{}` has rows but no properties", e.name)));
            }
            needed = e.rows.checked_mul(row_bytes).and_then(|n| n.checked_add(needed)).unwrap_or(usize::MAX);
        }
        if needed > body_bytes {
            let counts: Vec<String> = self.elements.iter().map(|e| format!("{} {}", e.rows, e.name)).collect();
            let message = format!(
                "the header promises {} rows, which take at least {needed} bytes, but only {body_bytes} follow; is the file truncated?",
                counts.join(" and ")
            );
            return Err(IoError::bad(path, message));
        }
        Ok(())
    }
}

fn parse_encoding(word: &str) -> Option<Encoding> {
    Some(match word {
        "ascii" => Encoding::Ascii,
        "binary_little_endian" => Encoding::LittleEndian,
        "binary_big_endian" => Encoding::BigEndian,
        _ => return None,
    })
}

fn parse_property(words: &[&str]) -> Option<Property> {
    let (kind, name) = match words {
        ["list", count, item, name] => (Kind::List { count: Scalar::parse(count)?, item: Scalar::parse(item)? }, name),
        [scalar, name] => (Kind::Scalar(Scalar::parse(scalar)?), name),
        _ => return None,
    };
    Some(Property { name: (*name).to_owned(), kind })
}
