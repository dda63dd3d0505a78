//! Calls cargo, always from the repository's root.

use crate::Outcome;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The repository's root: the folder above this package, as cargo tells a running task.
pub fn root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    own.and_then(|dir| dir.parent().map(Path::to_owned)).unwrap_or_else(|| PathBuf::from("."))
}

/// A cargo command in the root.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What cargo told this task about its own package must not reach the packages that it builds.
    command.current_dir(root()).args(arguments).env_remove("CARGO_MANIFEST_DIR");
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Outcome {
    let shown = describe(command);
    eprintln!("$ {shown}");
    let status = command.status().map_err(|e| format!("{shown}: cannot be started: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{shown}: {status}")) }
}

/// A command's standard output.
pub fn output(command: &mut Command) -> Result<String, String> {
    let shown = describe(command);
    let done = command.stderr(Stdio::inherit()).output().map_err(|e| format!("{shown}: cannot be started: {e}"))?;
    if !done.status.success() {
        return Err(format!("{shown}: {}", done.status));
    }
    String::from_utf8(done.stdout).map_err(|_| format!("{shown}: its output is no text"))
}

/// Builds the command line with the features that the whole workspace gives it, so that tests and tasks share what they
/// compile, and returns the program.
pub fn semsplat() -> Result<PathBuf, String> {
    let arguments = ["build", "--workspace", "--bin", "semsplat", "--message-format=json-render-diagnostics"];
    eprintln!("$ cargo build --workspace --bin semsplat");
    let messages = output(&mut cargo(&arguments))?;
    executable(&messages).ok_or_else(|| "cargo built semsplat but did not say where it is".to_owned())
}

fn executable(messages: &str) -> Option<PathBuf> {
    let found = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_semsplat = message["target"]["name"] == "semsplat" && message["target"]["kind"][0] == "bin";
        message["executable"].as_str().filter(|_| is_semsplat).map(PathBuf::from)
    };
    messages.lines().filter_map(found).next_back()
}

fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"splat_io","kind":["lib"]},"executable":null}
{"reason":"compiler-artifact","target":{"name":"semsplat","kind":["bin"]},"executable":"x/debug/semsplat"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages), Some(PathBuf::from("x/debug/semsplat")));
        assert_eq!(executable(""), None);
    }
}
