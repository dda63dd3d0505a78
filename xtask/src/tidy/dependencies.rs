//! Who depends on whom, from cargo's own resolution.

use super::Findings;
use crate::cargo;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Packages that may name wgpu in their manifests.
const WGPU_HOMES: [&str; 4] = ["splat_gpu", "bevy_splat_render", "bevy_splat_train", "splat_tests"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    dependencies: Vec<Declared>,
}

#[derive(Deserialize)]
struct Declared {
    name: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

/// No package below the plugin reaches Bevy; wgpu is named in few manifests.
pub fn check() -> Result<Findings, String> {
    // Only for this machine: packages of other platforms need not be here.
    let version = cargo::output(std::process::Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or_default().to_owned();
    let text = cargo::output(&mut cargo::cargo(&["metadata", "--format-version", "1", "--filter-platform", &host]))?;
    let metadata: Metadata = serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))?;
    Ok(check_metadata(&metadata))
}

/// Packages that Bevy stays out of.
fn is_below_bevy(name: &str) -> bool {
    name.starts_with("splat_") || name == "semsplat" || name == "xtask"
}

fn check_metadata(metadata: &Metadata) -> Findings {
    let mut findings = Findings::default();
    let members: BTreeSet<&str> = metadata.workspace_members.iter().map(String::as_str).collect();
    for package in metadata.packages.iter().filter(|p| members.contains(p.id.as_str())) {
        if is_below_bevy(&package.name)
            && let Some(path) = path_to_bevy(metadata, &package.id)
        {
            let cure = "move what needs Bevy into a bevy_splat_* crate";
            findings.error(format!("{} depends on Bevy ({}): {cure}", package.name, path.join(" -> ")));
        }
        let names_wgpu = package.dependencies.iter().any(|d| d.name == "wgpu");
        if names_wgpu && !WGPU_HOMES.contains(&package.name.as_str()) {
            let cure = "use splat_gpu's types, and `splat_gpu::wgpu` where an encoder is handed over";
            findings.error(format!("{} names wgpu in its manifest: {cure}", package.name));
        }
    }
    findings
}

/// The shortest way from a package to a Bevy crate that is not one of ours, by names.
fn path_to_bevy<'a>(metadata: &'a Metadata, start: &'a str) -> Option<Vec<&'a str>> {
    let names: BTreeMap<&str, &str> = metadata.packages.iter().map(|p| (p.id.as_str(), p.name.as_str())).collect();
    let edges: BTreeMap<&str, &Vec<String>> =
        metadata.resolve.nodes.iter().map(|n| (n.id.as_str(), &n.dependencies)).collect();
    let mut from: BTreeMap<&str, &str> = BTreeMap::from([(start, start)]);
    let mut queue = VecDeque::from([start]);
    while let Some(id) = queue.pop_front() {
        let name = names.get(id).copied().unwrap_or(id);
        if id != start && (name == "bevy" || name.starts_with("bevy_")) {
            let mut path = vec![name];
            let mut at = id;
            while at != start {
                at = from[at];
                path.insert(0, names.get(at).copied().unwrap_or(at));
            }
            return Some(path);
        }
        for next in edges.get(id).into_iter().copied().flatten() {
            if !from.contains_key(next.as_str()) {
                from.insert(next, id);
                queue.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(edges: &[(&str, &[&str])]) -> Metadata {
        let package = |(name, deps): &(&str, &[&str])| Package {
            id: (*name).to_owned(),
            name: (*name).to_owned(),
            dependencies: deps.iter().map(|d| Declared { name: (*d).to_owned() }).collect(),
        };
        let node = |(name, deps): &(&str, &[&str])| Node {
            id: (*name).to_owned(),
            dependencies: deps.iter().map(|d| (*d).to_owned()).collect(),
        };
        Metadata {
            packages: edges.iter().map(package).collect(),
            workspace_members: edges.iter().map(|e| e.0.to_owned()).filter(|n| n.contains("splat")).collect(),
            resolve: Resolve { nodes: edges.iter().map(node).collect() },
        }
    }

    #[test]
    fn bevy_is_found_however_deep() {
        let clean = metadata(&[("splat_io", &["glam"]), ("bevy_splat_ui", &["bevy"]), ("bevy", &[]), ("glam", &[])]);
        assert_eq!(check_metadata(&clean), Findings::default());
        let deep = metadata(&[("splat_io", &["viewer"]), ("viewer", &["bevy_ecs"]), ("bevy_ecs", &[])]);
        assert!(check_metadata(&deep).errors[0].contains("splat_io -> viewer -> bevy_ecs"));
    }

    #[test]
    fn wgpu_has_few_homes() {
        let good = metadata(&[("splat_gpu", &["wgpu"]), ("wgpu", &[])]);
        assert_eq!(check_metadata(&good), Findings::default());
        let bad = metadata(&[("splat_train", &["wgpu"]), ("wgpu", &[])]);
        assert_eq!(check_metadata(&bad).errors.len(), 1);
    }
}
