//! The GPU's truth: WGSL of every stage, the structs that cross the bus, and how files join into modules.
