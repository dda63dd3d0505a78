//! Ctrl-C and its kin while a run is under way: the first asks for a checkpoint and an orderly end, the second ends at once.

use crate::progress::say_err;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);
static LISTENING: Once = Once::new();

/// From now on SIGINT, SIGTERM and SIGHUP (Ctrl-C, Ctrl-Break and a closed console on Windows) are requests to stop. Before,
/// they end the process, which has nothing to lose yet.
pub fn listen() {
    LISTENING.call_once(|| {
        let heard = ctrlc::set_handler(|| {
            if REQUESTED.swap(true, Ordering::Relaxed) {
                std::process::exit(1);
            }
            say_err("stopping: a checkpoint is written first; once more stops at once");
        });
        // Somebody else listens: signals then do what they do without us.
        if let Err(e) = heard {
            say_err(&format!(
                "warning: signals are not listened to ({e}): stopping now loses what follows the last checkpoint"
            ));
        }
    });
}

/// True once a stop was asked for.
pub fn is_requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
