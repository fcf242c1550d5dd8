//! All that the product tells: its log, its metrics, its errors, and what its files hold.

use std::error::Error;
use std::fmt::Debug;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// What was told so far. A clone is the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<u8>>>);

impl Told {
    pub(crate) fn text(&self, text: impl AsRef<[u8]>) {
        let mut told = self.0.lock().unwrap();
        told.extend_from_slice(text.as_ref());
        told.push(b'\n');
    }

    pub(crate) fn debug(&self, value: &impl Debug) {
        self.text(format!("{value:?}\n{value:#?}"));
    }

    /// An error as people and as logs see it, with its causes.
    pub(crate) fn error(&self, error: &(dyn Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.text(format!("{error}\n{error:?}\n{error:#?}"));
            next = error.source();
        }
    }

    /// Every file of a folder, as it lies on the disk.
    pub(crate) fn files(&self, folder: &Path) {
        for file in std::fs::read_dir(folder).unwrap() {
            self.text(std::fs::read(file.unwrap().path()).unwrap());
        }
    }

    pub(crate) fn contains(&self, words: &str) -> bool {
        contains(&self.0.lock().unwrap(), words.as_bytes())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// The secrets that were told, by name.
    pub(crate) fn leaks<'s>(&self, secrets: &'s [(&'static str, Vec<u8>)]) -> Vec<&'s str> {
        let told = self.0.lock().unwrap();
        let leaked = secrets.iter().filter(|(_, secret)| {
            assert!(secret.len() >= 8, "too short to be looked for");
            contains(&told, secret)
        });
        leaked.map(|(name, _)| *name).collect()
    }
}

fn contains(text: &[u8], words: &[u8]) -> bool {
    let Some((first, rest)) = words.split_first() else {
        return true;
    };
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| byte == first) {
        from += at + 1;
        if text[from..].starts_with(rest) {
            return true;
        }
    }
    false
}

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Names and labels; what is counted holds no text.
impl Recorder for Told {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, words: SharedString) {
        self.text(format!("{key:?} {words}"));
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, words: SharedString) {
        self.text(format!("{key:?} {words}"));
    }

    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, words: SharedString) {
        self.text(format!("{key:?} {words}"));
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.text(format!("{key}"));
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.text(format!("{key}"));
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.text(format!("{key}"));
        Histogram::noop()
    }
}
