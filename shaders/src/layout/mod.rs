//! Every struct and constant that crosses the bus. A test reflects the composed WGSL and compares it with this folder.

/// Defines structs that cross the bus, and describes them for that test.
macro_rules! crossing {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$about:meta])* pub $field:ident: $ty:ty,)+ })+) => {
        $(
            $(#[$meta])*
            #[repr(C)]
            #[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
            pub struct $name {
                $($(#[$about])* pub $field: $ty,)+
            }
        )+

        pub(super) fn described() -> Vec<super::Described> {
            vec![$(super::Described {
                name: stringify!($name),
                size: size_of::<$name>(),
                fields: vec![$((stringify!($field), std::mem::offset_of!($name, $field))),+],
            }),+]
        }
    };
}

mod agreement;
mod counters;
mod display;
mod lists;
mod loss;
mod rows;
mod shapes;
mod view;

pub use agreement::*;
pub use counters::*;
pub use display::*;
pub use lists::*;
pub use loss::*;
pub use rows::*;
pub use shapes::*;
pub use view::*;

/// A struct of this folder, as the host lays it out.
#[derive(Clone, Debug)]
pub struct Described {
    /// Struct name, the same in WGSL.
    pub name: &'static str,
    /// Size in bytes.
    pub size: usize,
    /// Field names and byte offsets, in order.
    pub fields: Vec<(&'static str, usize)>,
}

/// Every struct that crosses the bus.
pub fn described() -> Vec<Described> {
    [
        agreement::described(),
        display::described(),
        lists::described(),
        loss::described(),
        rows::described(),
        view::described(),
    ]
    .concat()
}
