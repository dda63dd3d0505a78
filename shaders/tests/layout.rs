//! Every struct that crosses the bus has, in every composed module, the members and offsets of `layout`.

use naga::TypeInner;
use splat_shaders::layout::described;
use splat_shaders::{LaneOps, Shape, compose, table::MODULES};
use std::collections::BTreeSet;

#[test]
fn wgsl_structs_equal_their_rust_twins() {
    let shape = Shape {
        lanes: 8,
        lane_ops: LaneOps::Subgroup,
        mirror_textures: true,
        chunk_texels: 4,
        colour: true,
        geometry: true,
        sh_degree: 3,
        atomics: false,
        limited: true,
        surface_depth: true,
        solid: true,
        many_samples: false,
    };
    let twins = described();
    let mut seen = BTreeSet::new();
    for module in MODULES {
        let source = compose(module, &shape);
        let parsed = naga::front::wgsl::parse_str(&source).expect("valid, see shaders_valid.rs");
        for (_, ty) in parsed.types.iter() {
            let (Some(name), TypeInner::Struct { members, span }) = (&ty.name, &ty.inner) else { continue };
            let Some(twin) = twins.iter().find(|t| t.name == name) else { continue };
            seen.insert(twin.name);
            let got: Vec<(String, u32)> =
                members.iter().map(|m| (m.name.clone().unwrap_or_default(), m.offset)).collect();
            let want: Vec<(String, u32)> =
                twin.fields.iter().map(|&(name, offset)| (name.to_owned(), offset as u32)).collect();
            assert_eq!(got, want, "{name} in {}: WGSL (left) against layout (right)", module.stem);
            assert_eq!(*span as usize, twin.size, "size of {name} in {}", module.stem);
        }
    }
    let all: BTreeSet<&str> = twins.iter().map(|t| t.name).collect();
    assert_eq!(seen, all, "a struct of layout is used by no module");
}
