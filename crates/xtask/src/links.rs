//! The documents: every link to a file of the project leads to one, and every anchor to a heading.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::run::Failed;

/// # Errors
///
/// [`Failed::Rule`] with a line for each link that leads nowhere.
pub(crate) fn check() -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().unwrap_or(root);
    let mut documents = Vec::new();
    collect(&root, &mut documents);
    let broken: Vec<String> = documents
        .iter()
        .flat_map(|document| broken_in(document, &fs::read_to_string(document).unwrap_or_default()))
        .collect();
    if broken.is_empty() {
        eprintln!("── {} documents, no broken link", documents.len());
        Ok(())
    } else {
        Err(Failed::Rule(broken.join("\n")))
    }
}

fn collect(folder: &Path, documents: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&path, documents);
            }
        } else if name.ends_with(".md") {
            documents.push(path);
        }
    }
}

/// One line for each link of the document that leads nowhere.
fn broken_in(document: &Path, text: &str) -> Vec<String> {
    targets(text)
        .into_iter()
        .filter(|target| !leads_somewhere(document, text, target))
        .map(|target| format!("{}: no such target: {target}", document.display()))
        .collect()
}

/// The targets of the inline links and images, outside code.
fn targets(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        // What stands between backticks is code: every second part.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for part in prose.split("](").skip(1) {
            if let Some((target, _)) = part.split_once(')') {
                found.push(target.to_owned());
            }
        }
    }
    found
}

fn leads_somewhere(document: &Path, text: &str, target: &str) -> bool {
    if target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = document.parent().unwrap_or(document).join(file);
    if !file.is_empty() && !path.exists() {
        return false;
    }
    if anchor.is_empty() {
        return true;
    }
    if file.is_empty() {
        return anchors(text).contains(anchor);
    }
    fs::read_to_string(&path).is_ok_and(|other| anchors(&other).contains(anchor))
}

/// The anchors that a reader's browser makes of the headings.
fn anchors(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter_map(|c| match c {
                    ' ' => Some('-'),
                    c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
                    _ => None,
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_found_and_code_is_no_link() {
        let text = "# The Title\n[a](no-such-file.md) [b](#the-title) [c](#nowhere)\n`[d](gone.md)`\n```\n[e](gone.md)\n```\n[f](https://example.com/x)\n";
        let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("document.md");
        let broken = broken_in(&document, text);
        assert_eq!(broken.len(), 2, "{broken:?}");
        assert!(broken[0].ends_with("no-such-file.md") && broken[1].ends_with("#nowhere"));
    }
}
