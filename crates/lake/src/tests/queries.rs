//! Queries: what is answered, what is refused.
