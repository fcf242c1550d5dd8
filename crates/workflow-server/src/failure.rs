//! How a command fails: one sentence for a person, and the exit code for a script.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

/// Why a command did not do what it was told.
#[derive(Debug)]
pub(crate) struct Failure {
    sentence: String,
    kind: Kind,
}

/// Whose fault it is, which is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// What was given cannot be used: exit code 2.
    Input,
    /// Anything else: exit code 1.
    Other,
}

impl Failure {
    /// What was given cannot be used.
    pub(crate) fn input(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            kind: Kind::Input,
        }
    }

    /// Something failed that is not the input's fault.
    pub(crate) fn other(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            kind: Kind::Other,
        }
    }

    /// As [`Failure::other`], with what was being done and the error's causes.
    pub(crate) fn because(doing: &str, error: &(dyn Error + 'static)) -> Self {
        Self::other(format!("{doing}: {}", joined(error)))
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        match self.kind {
            Kind::Input => ExitCode::from(2),
            Kind::Other => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// An error with its causes, in one line. A cause that the words before it hold already is left
/// out.
pub(crate) fn joined(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !words.contains(&next) {
            words = format!("{words}: {next}");
        }
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the disk is full")]
    struct Disk;

    #[derive(Debug, thiserror::Error)]
    enum Outer {
        #[error("the file could not be written")]
        Told(#[source] Disk),
        #[error(transparent)]
        Through(#[from] Disk),
    }

    #[test]
    fn causes_are_joined_and_none_is_said_twice() {
        let told = joined(&Outer::Told(Disk));
        assert_eq!(told, "the file could not be written: the disk is full");
        assert_eq!(joined(&Outer::from(Disk)), "the disk is full");
    }
}
