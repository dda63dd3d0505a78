//! egui panels that read resources and send commands.
