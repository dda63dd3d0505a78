//! Label tables and mappings, mesh annotations to masks, palettes.
