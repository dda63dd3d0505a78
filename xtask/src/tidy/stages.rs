//! A stage has the same stem in its rooms.

use super::Findings;
use super::files::Tree;
use splat_core::Stage;

/// Every stage has shaders, a pass and a twin.
pub fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    for stage in Stage::ALL {
        let stem = stage.stem();
        let is_shader = |name: &str| {
            let own = name.strip_prefix("shaders/").and_then(|n| n.strip_suffix(".wgsl"));
            own.is_some_and(|n| n == stem || n.strip_prefix(stem).is_some_and(|rest| rest.starts_with('_')))
        };
        if !tree.files.iter().any(|(name, _)| is_shader(name)) {
            findings.error(format!(
                "stage `{stem}`: shaders/{stem}.wgsl (or {stem}_*.wgsl) is missing: add its kernels there"
            ));
        }
        for (room, what) in [("crates/splat_gpu/src/passes", "pass"), ("crates/splat_reference/src", "CPU twin")] {
            let path = format!("{room}/{stem}.rs");
            if !tree.has(&path) {
                findings.error(format!("stage `{stem}`: {path} is missing: add its {what} there"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_sibling_is_named() {
        let mut files = Vec::new();
        for stage in Stage::ALL {
            let stem = stage.stem();
            files.push((format!("shaders/{stem}_a.wgsl"), String::new()));
            files.push((format!("crates/splat_gpu/src/passes/{stem}.rs"), String::new()));
            files.push((format!("crates/splat_reference/src/{stem}.rs"), String::new()));
        }
        assert_eq!(check(&Tree { files: files.clone() }), Findings::default());
        files.retain(|(name, _)| name != "crates/splat_reference/src/loss.rs");
        let found = check(&Tree { files });
        assert!(found.errors.len() == 1 && found.errors[0].contains("splat_reference/src/loss.rs"), "{found:?}");
    }
}
