//! Class queries and picking on semantic splat clouds.
