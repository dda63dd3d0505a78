//! Captures and masks in, clouds in and out: ScanNet++, COLMAP, nerfstudio, 3DGS PLY.
