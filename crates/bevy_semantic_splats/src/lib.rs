//! Facade: the plugin group and the prelude.
