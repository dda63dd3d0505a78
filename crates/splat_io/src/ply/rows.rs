//! Rows of PLY files, decoded one at a time.

use super::PlyFile;
use super::header::{Element, Kind, Scalar};
use crate::IoError;

/// One decoded row. Every number type of PLY fits an f64 exactly.
#[derive(Debug, Default)]
pub struct Row {
    /// `[properties]` numbers; 0 where the property is a list.
    pub numbers: Vec<f64>,
    /// `[properties]` lists; empty where the property is a number.
    pub lists: Vec<Vec<f64>>,
}

impl Row {
    fn for_element(element: &Element) -> Self {
        let n = element.properties.len();
        Self { numbers: vec![0.0; n], lists: vec![Vec::new(); n] }
    }
}

fn decode<const BIG: bool>(kind: Scalar, b: &[u8]) -> f64 {
    macro_rules! number {
        ($t:ty) => {{
            let mut a = [0; size_of::<$t>()];
            a.copy_from_slice(b);
            (if BIG { <$t>::from_be_bytes(a) } else { <$t>::from_le_bytes(a) }) as f64
        }};
    }
    match kind {
        Scalar::I8 => number!(i8),
        Scalar::U8 => number!(u8),
        Scalar::I16 => number!(i16),
        Scalar::U16 => number!(u16),
        Scalar::I32 => number!(i32),
        Scalar::U32 => number!(u32),
        Scalar::F32 => number!(f32),
        Scalar::F64 => number!(f64),
    }
}

/// Takes one number off the front; `None` at the end of the bytes.
fn take<const BIG: bool>(bytes: &mut &[u8], kind: Scalar) -> Option<f64> {
    let (head, rest) = bytes.split_at_checked(kind.size())?;
    *bytes = rest;
    Some(decode::<BIG>(kind, head))
}

/// A list's length; `None` for a negative or fractional one.
fn list_length(count: f64) -> Option<usize> {
    (count >= 0.0 && count.fract() == 0.0 && count <= u32::MAX as f64).then_some(count as usize)
}

fn read_row<const BIG: bool>(bytes: &mut &[u8], element: &Element, row: &mut Row) -> Option<()> {
    for (i, property) in element.properties.iter().enumerate() {
        match property.kind {
            Kind::Scalar(kind) => row.numbers[i] = take::<BIG>(bytes, kind)?,
            Kind::List { count, item } => {
                let n = list_length(take::<BIG>(bytes, count)?)?;
                let (items, rest) = bytes.split_at_checked(n.checked_mul(item.size())?)?;
                *bytes = rest;
                row.lists[i].clear();
                row.lists[i].extend(items.chunks_exact(item.size()).map(|b| decode::<BIG>(item, b)));
            }
        }
    }
    Some(())
}

pub(super) fn visit_binary<const BIG: bool>(
    file: &PlyFile,
    target: &Element,
    mut each: impl FnMut(usize, &Row) -> Result<(), IoError>,
) -> Result<(), IoError> {
    let mut bytes = file.body();
    for element in &file.header.elements {
        let wanted = std::ptr::eq(element, target);
        let mut row = Row::for_element(element);
        for index in 0..element.rows {
            let place = || format!("{} {index} of {}", element.name, element.rows);
            read_row::<BIG>(&mut bytes, element, &mut row)
                .ok_or_else(|| IoError::bad_at(file.path(), place(), "the file ends in this row; is it truncated?"))?;
            if wanted {
                each(index, &row)?;
            }
        }
        if wanted {
            break;
        }
    }
    Ok(())
}

fn parse_line(line: &str, element: &Element, row: &mut Row) -> Result<(), String> {
    let mut words = line.split_ascii_whitespace();
    let mut next = || {
        let word = words.next().ok_or("the line has too few numbers")?;
        word.parse::<f64>().map_err(|_| format!("`{word}` is not a number"))
    };
    for (i, property) in element.properties.iter().enumerate() {
        match property.kind {
            // A file that says `float` means the f32 nearest to the text.
            Kind::Scalar(Scalar::F32) => row.numbers[i] = next()? as f32 as f64,
            Kind::Scalar(_) => row.numbers[i] = next()?,
            Kind::List { .. } => {
                let n = list_length(next()?).ok_or("a list length is not a whole number")?;
                row.lists[i].clear();
                for _ in 0..n {
                    row.lists[i].push(next()?);
                }
            }
        }
    }
    match words.next() {
        Some(_) => Err("the line has too many numbers".into()),
        None => Ok(()),
    }
}

pub(super) fn visit_ascii(
    file: &PlyFile,
    target: &Element,
    mut each: impl FnMut(usize, &Row) -> Result<(), IoError>,
) -> Result<(), IoError> {
    let text = std::str::from_utf8(file.body()).map_err(|_| IoError::bad(file.path(), "is not ascii as it claims"))?;
    let numbered = text.lines().zip(file.header.lines + 1..);
    let mut lines = numbered.filter(|(line, _)| !line.trim().is_empty());
    for element in &file.header.elements {
        let wanted = std::ptr::eq(element, target);
        let mut row = Row::for_element(element);
        for index in 0..element.rows {
            let (line, number) = lines.next().ok_or_else(|| {
                let place = format!("{} {index} of {}", element.name, element.rows);
                IoError::bad_at(file.path(), place, "the file ends before this row; is it truncated?")
            })?;
            if wanted {
                parse_line(line, element, &mut row)
                    .map_err(|message| IoError::bad_at(file.path(), format_args!("line {number}"), message))?;
                each(index, &row)?;
            }
        }
        if wanted {
            break;
        }
    }
    Ok(())
}
