//! Publication: all or nothing, whatever happens in between.
