//! Every composed module parses and validates without a GPU, in every shape that may be asked for.

use naga::valid::{Capabilities, ValidationFlags, Validator};
use splat_shaders::{LaneOps, Shape, compose, table::MODULES};

fn check(shape: &Shape) {
    for module in MODULES {
        let source = compose(module, shape);
        let parsed = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|e| panic!("{} {shape:?}\n{}", module.stem, e.emit_to_string(&source)));
        for entry in module.entry_points {
            assert!(parsed.entry_points.iter().any(|e| e.name == *entry), "{} lacks {entry}", module.stem);
        }
        let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
        validator
            .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
            .subgroup_operations(naga::valid::SubgroupOperationSet::all());
        if let Err(e) = validator.validate(&parsed) {
            panic!("{} {shape:?}\n{}", module.stem, e.emit_to_string(&source));
        }
    }
}

#[test]
fn every_module_is_valid_in_every_shape() {
    for (lanes, lane_ops) in [
        (1, LaneOps::Single),
        (4, LaneOps::Subgroup),
        (8, LaneOps::Subgroup),
        (16, LaneOps::Subgroup),
        (32, LaneOps::Subgroup),
        (64, LaneOps::Subgroup),
    ] {
        for mirror_textures in [false, true] {
            let walks = [(0, true, true), (3, true, true), (4, true, true), (4, false, true), (1, false, false)];
            for (chunk_texels, colour, geometry) in walks {
                for sh_degree in [0, 3] {
                    for atomics in [false, true] {
                        let (limited, surface_depth, many_samples) = (atomics, atomics, !colour);
                        check(&Shape {
                            lanes,
                            lane_ops,
                            mirror_textures,
                            chunk_texels,
                            colour,
                            geometry,
                            sh_degree,
                            atomics,
                            limited,
                            surface_depth,
                            solid: atomics != colour,
                            many_samples,
                        });
                    }
                }
            }
        }
    }
}
