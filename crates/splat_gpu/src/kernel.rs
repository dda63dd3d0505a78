//! Composed WGSL to compute pipelines, with the bindings that each entry point really uses.

use crate::gpu::Gpu;
use splat_shaders::{Module, Shape, compose};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// A compute pipeline and the bindings it takes.
#[derive(Clone)]
pub struct Kernel {
    /// `<stem>.<entry point>`, for labels.
    pub name: &'static str,
    pub(crate) pipeline: wgpu::ComputePipeline,
    pub(crate) bindings: Arc<[u32]>,
}

/// Pipelines by module, entry point and shape: compiled once per device.
#[derive(Default)]
pub struct KernelCache {
    kernels: Mutex<HashMap<(&'static str, &'static str, Shape), Kernel>>,
}

impl Gpu {
    /// The pipeline of an entry point for a shape; compiled on first use.
    ///
    /// Panics where the project's own WGSL does not compile: a test validates every shape without a GPU.
    pub fn kernel(&self, module: &'static Module, entry: &'static str, shape: Shape) -> Kernel {
        let shape = if module.is_walk { shape } else { shape.plain() };
        let key = (module.stem, entry, shape);
        let mut kernels = self.kernels.kernels.lock().unwrap_or_else(|e| e.into_inner());
        kernels.entry(key).or_insert_with(|| self.compile(module, entry, &shape)).clone()
    }

    fn compile(&self, module: &'static Module, entry: &'static str, shape: &Shape) -> Kernel {
        let source = compose(module, shape);
        let bindings = used_bindings(&source, entry);
        let shader = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(module.stem),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(entry),
            layout: None,
            module: &shader,
            entry_point: Some(entry),
            compilation_options: Default::default(),
            cache: None,
        });
        Kernel { name: entry, pipeline, bindings }
    }
}

/// Bindings of group 0 that the entry point reaches: the pipeline's own layout holds exactly these.
pub fn used_bindings(source: &str, entry: &str) -> Arc<[u32]> {
    let module = naga::front::wgsl::parse_str(source).expect("the project's WGSL parses");
    let mut validator =
        naga::valid::Validator::new(naga::valid::ValidationFlags::all(), naga::valid::Capabilities::all());
    validator
        .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
        .subgroup_operations(naga::valid::SubgroupOperationSet::all());
    let info = validator.validate(&module).expect("the project's WGSL is valid");
    let index = module.entry_points.iter().position(|e| e.name == entry).expect("the entry point exists");
    let uses = info.get_entry_point(index);
    let used = module.global_variables.iter().filter(|(handle, _)| !uses[*handle].is_empty());
    used.filter_map(|(_, variable)| variable.binding.map(|b| b.binding)).collect()
}
