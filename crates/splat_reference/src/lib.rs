//! A CPU twin of every stage, written to be read. Used by tests only.
