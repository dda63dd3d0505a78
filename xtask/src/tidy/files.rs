//! The repository's text files, and what none of them may hold.

use super::Findings;
use std::path::Path;
use std::process::Command;

/// Text files of the repository, by path from the root with `/`.
#[derive(Debug, Default)]
pub struct Tree {
    /// (path, text), sorted.
    pub files: Vec<(String, String)>,
}

impl Tree {
    /// Everything that git tracks, or would track.
    pub fn read(root: &Path) -> Result<Self, String> {
        let listed = Command::new("git")
            .current_dir(root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output();
        let listed = listed.ok().filter(|o| o.status.success()).map(|o| o.stdout);
        let mut names: Vec<String> = match listed {
            Some(bytes) => bytes
                .split(|b| *b == 0)
                .filter(|n| !n.is_empty())
                .map(|n| String::from_utf8_lossy(n).into_owned())
                .collect(),
            // A source archive without git: everything but what is built.
            None => walk(root, root),
        };
        names.sort();
        names.dedup();
        let text = |name: String| {
            // Files that are listed but deleted, and pictures, have no text.
            let bytes = std::fs::read(root.join(&name)).ok()?;
            String::from_utf8(bytes).ok().filter(|t| !t.contains('\0')).map(|t| (name, t))
        };
        Ok(Self { files: names.into_iter().filter_map(text).collect() })
    }

    /// Rust files.
    pub fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter(|(name, _)| name.ends_with(".rs")).map(|(n, t)| (n.as_str(), t.as_str()))
    }

    /// True where there is such a file.
    pub fn has(&self, path: &str) -> bool {
        self.files.iter().any(|(name, _)| name == path)
    }
}

fn walk(root: &Path, folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().into_iter().flatten().flatten().map(|e| e.path());
    let mut names = Vec::new();
    for path in entries {
        let is_skipped = path.file_name().is_some_and(|n| n == "target" || n == ".git");
        if path.is_dir() && !is_skipped {
            names.extend(walk(root, &path));
        } else if path.is_file()
            && let Ok(name) = path.strip_prefix(root)
        {
            names.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
    names
}

/// Folders of one machine, written so that this file does not hold them itself.
const MACHINE_FOLDERS: [[&str; 2]; 3] = [["/ro", "ot/"], ["/ho", "me/"], ["/wo", "rk/"]];

/// No file holds a path that only exists on somebody's machine.
pub fn machine_paths(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    let folders = MACHINE_FOLDERS.map(|parts| parts.concat());
    for (name, text) in &tree.files {
        for (index, line) in text.lines().enumerate() {
            if let Some(folder) = folders.iter().find(|f| begins_path(line, f)) {
                let cure = "write it relative to the repository, or read it from the environment";
                findings.error(format!("{name}:{}: names {folder}, which is one machine's own: {cure}", index + 1));
            }
        }
    }
    findings
}

/// True where `folder` stands at the beginning of a path, not within one.
fn begins_path(line: &str, folder: &str) -> bool {
    let within = |c: char| c.is_alphanumeric() || "._-})>/*".contains(c);
    line.match_indices(folder).any(|(at, _)| !line[..at].chars().next_back().is_some_and(within))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_machine_are_found_and_others_are_not() {
        let folder = MACHINE_FOLDERS[1].concat();
        assert!(begins_path(&format!("see {folder}me/data"), &folder));
        assert!(begins_path(&format!("\"{folder}x\""), &folder));
        assert!(!begins_path(&format!("https://example.org{folder}x"), &folder));
        assert!(!begins_path(&format!("src{folder}x"), &folder));
        let text = format!("a\nb {folder}c\n");
        let tree = Tree { files: vec![("x.md".to_owned(), text)] };
        assert!(machine_paths(&tree).errors[0].starts_with("x.md:2:"));
    }

    #[test]
    fn an_archive_without_git_is_walked() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/target")).unwrap();
        std::fs::write(dir.path().join("a/b.rs"), "//! b\n").unwrap();
        std::fs::write(dir.path().join("a/target/c.rs"), "").unwrap();
        assert_eq!(walk(dir.path(), dir.path()), ["a/b.rs"]);
    }
}
