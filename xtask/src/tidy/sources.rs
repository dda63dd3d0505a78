//! What Rust files must and must not say.

use super::Findings;
use super::files::Tree;

/// Lines of a file, and of a function, that want a second look.
const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 80;

/// Crates that describe data: they know no GPU.
const DATA_CRATES: [&str; 5] =
    ["crates/splat_core/", "crates/splat_io/", "crates/splat_labels/", "crates/splat_eval/", "crates/splat_synth/"];
/// Files that describe errors and settings, in whatever crate.
const DATA_FILES: [&str; 2] = ["/error.rs", "/settings.rs"];

/// wgpu's types are not named where data, errors and settings are described.
pub fn wgpu_stays_home(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    let is_data =
        |name: &str| DATA_CRATES.iter().any(|c| name.starts_with(c)) || DATA_FILES.iter().any(|f| name.ends_with(f));
    for (name, text) in tree.rust().filter(|(name, _)| is_data(name)) {
        for (line, _) in code_lines(text).filter(|(_, code)| names_wgpu(code)) {
            let cure = "keep wgpu in splat_gpu and hand over plain numbers";
            findings.error(format!("{name}:{line}: names wgpu, but this is where data is described: {cure}"));
        }
    }
    findings
}

/// `wgpu::` as a path's beginning, or an import of it.
fn names_wgpu(code: &str) -> bool {
    let word = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"');
    code.match_indices("wgpu::").any(|(at, _)| word(at)) || code.trim_start().starts_with("use wgpu")
}

/// Where the GPU is waited for, and who may ask for it: a readback that is wanted at once.
const WAIT_HOME: &str = "crates/splat_gpu/src/gpu.rs";
const WAIT_CALLER: &str = "crates/splat_gpu/src/readback.rs";

/// One function waits for the GPU; only immediate readbacks call it, and the trainer reads nothing at once but the
/// finished cloud.
pub fn one_wait(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    let polls = ["PollType::wait", "PollType::Wait"];
    let mut homes = 0;
    // Benchmarks beside other programs end their frames as no app would.
    let is_apart = |name: &str| name.starts_with("xtask/") || name.starts_with("benches/");
    for (name, text) in tree.rust().filter(|(name, _)| !is_apart(name)) {
        let is_test = ["tests/", "examples/"].iter().any(|f| name.starts_with(f) || name.contains(&format!("/{f}")));
        for (line, code) in code_lines(text) {
            if polls.iter().any(|p| code.contains(p)) {
                homes += usize::from(name == WAIT_HOME);
                if name != WAIT_HOME {
                    findings.error(format!(
                        "{name}:{line}: waits for the GPU: only `Gpu::wait` in {WAIT_HOME} may; use a Readback"
                    ));
                }
            }
            if code.contains("gpu.wait()") && name != WAIT_CALLER && !is_test {
                let cure = "record a Readback and look at it later";
                findings.error(format!("{name}:{line}: calls `gpu.wait()`, which only {WAIT_CALLER} may: {cure}"));
            }
            if code.contains("read_now") && name == "crates/splat_train/src/trainer.rs" {
                findings.error(format!("{name}:{line}: a training step must not read back at once: use a Readback"));
            }
        }
    }
    if homes > 1 {
        findings.error(format!("{WAIT_HOME}: waits in {homes} places: let all of them call `Gpu::wait`"));
    }
    findings
}

/// Every Rust file opens with what it is for.
pub fn purpose(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for (name, _) in tree.rust().filter(|(_, text)| !text.starts_with("//!")) {
        findings.error(format!("{name}:1: does not open with a `//!` line: say in one line what the file is for"));
    }
    findings
}

/// Long files and functions are worth a warning.
pub fn length(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for (name, text) in tree.rust() {
        let lines = text.lines().count();
        if lines > FILE_LINES {
            findings.warnings.push(format!("{name}: {lines} lines; can it be two files?"));
        }
        for (line, length) in functions(text).into_iter().filter(|f| f.1 > FUNCTION_LINES) {
            findings.warnings.push(format!("{name}:{line}: a function of {length} lines; can it be two?"));
        }
    }
    findings
}

/// (line, code) without comments; lines count from 1.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let code = |line: &str| line.find("//").unwrap_or(line.len());
    text.lines().enumerate().map(move |(i, line)| (i + 1, &line[..code(line)]))
}

/// (first line, number of lines) of every function with a body. Formatted code closes a function at its own indentation.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate().filter(|(_, l)| opens_function(l)) {
        let indent = &line[..line.len() - line.trim_start().len()];
        let closing = format!("{indent}}}");
        let end = lines[start..].iter().position(|l| *l == closing);
        let ends_here = line.trim_end().ends_with('}') || line.trim_end().ends_with(';');
        if let Some(end) = end.filter(|_| !ends_here) {
            found.push((start + 1, end + 1));
        }
    }
    found
}

fn opens_function(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let is_prefix = |w: &str| matches!(w, "const" | "async" | "unsafe") || w.starts_with("pub");
    words.find(|w| !is_prefix(w)).is_some_and(|w| w == "fn")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(name: &str, text: &str) -> Tree {
        Tree { files: vec![(name.to_owned(), text.to_owned())] }
    }

    #[test]
    fn wgpu_is_found_in_code_and_not_in_comments() {
        let name = "crates/splat_io/src/a.rs";
        assert_eq!(wgpu_stays_home(&tree(name, "//! a\n// wgpu::Buffer\n")).errors.len(), 0);
        assert_eq!(wgpu_stays_home(&tree(name, "//! a\npub fn f(b: &wgpu::Buffer) {}\n")).errors.len(), 1);
        assert_eq!(wgpu_stays_home(&tree("crates/splat_gpu/src/a.rs", "use wgpu::Buffer;\n")).errors.len(), 0);
        assert_eq!(wgpu_stays_home(&tree("crates/splat_gpu/src/error.rs", "use wgpu::Buffer;\n")).errors.len(), 1);
    }

    #[test]
    fn waiting_has_one_home() {
        let poll = "let _ = device.poll(wgpu::PollType::wait_indefinitely());\n";
        assert_eq!(one_wait(&tree(WAIT_HOME, poll)), Findings::default());
        assert_eq!(one_wait(&tree(WAIT_HOME, &poll.repeat(2))).errors.len(), 1);
        assert_eq!(one_wait(&tree("crates/splat_train/src/trainer.rs", poll)).errors.len(), 1);
        assert_eq!(one_wait(&tree("crates/splat_train/src/trainer.rs", "read_now(gpu);\n")).errors.len(), 1);
        assert_eq!(one_wait(&tree("tests/a.rs", "gpu.wait().unwrap();\n")), Findings::default());
    }

    #[test]
    fn functions_are_measured_from_signature_to_brace() {
        let text = "impl A {\n    pub fn a(\n        x: u32,\n    ) -> u32 {\n        x\n    }\n\n    fn b() {}\n}\n";
        assert_eq!(functions(text), [(2, 5)]);
        let long = format!("//! x\nfn a() {{\n{}}}\n", "    b();\n".repeat(100));
        assert_eq!(length(&tree("a.rs", &long)).warnings.len(), 1);
        assert_eq!(purpose(&tree("a.rs", "fn a() {}\n")).errors.len(), 1);
    }
}
