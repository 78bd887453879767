//! Frames: rows of the engine as plain columns for kernels, and back.
