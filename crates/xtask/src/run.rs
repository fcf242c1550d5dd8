//! Running one step after another, and saying which one failed.

use std::fmt;
use std::process::{Command, ExitStatus};
use std::time::Instant;

/// One step of a chore.
#[derive(Debug)]
pub(crate) struct Step {
    name: String,
    command: Cargo,
}

/// A call of cargo.
#[derive(Debug)]
pub(crate) struct Cargo {
    words: Vec<String>,
    env: Vec<(String, String)>,
}

/// Why a chore ended.
#[derive(Debug)]
pub(crate) enum Failed {
    /// A command could not be started.
    Start {
        command: String,
        error: std::io::Error,
    },
    /// A command ended with an error.
    Exit {
        name: String,
        command: String,
        status: ExitStatus,
    },
    /// A rule of the project does not hold.
    Rule(String),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { command, error } => write!(f, "cannot run `{command}`: {error}"),
            Self::Exit {
                name,
                command,
                status,
            } => {
                write!(f, "{name}: `{command}` ended with {status}")
            }
            Self::Rule(rule) => f.write_str(rule),
        }
    }
}

impl Step {
    pub(crate) fn new(name: &str, command: Cargo) -> Self {
        Self {
            name: name.to_owned(),
            command,
        }
    }
}

impl Cargo {
    pub(crate) fn with(mut self, words: &[&str]) -> Self {
        self.words
            .extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    pub(crate) fn with_env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn command(&self) -> Command {
        // The cargo that runs this chore, so that one toolchain does all.
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(&self.words)
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What the command prints.
    pub(crate) fn output(&self) -> Result<String, Failed> {
        let start = |error| Failed::Start {
            command: self.to_string(),
            error,
        };
        let output = self.command().output().map_err(start)?;
        if !output.status.success() {
            return Err(Failed::Rule(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl fmt::Display for Cargo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.env {
            write!(f, "{name}={value:?} ")?;
        }
        write!(f, "cargo {}", self.words.join(" "))
    }
}

pub(crate) fn cargo(words: &[&str]) -> Cargo {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Cargo {
        words,
        env: Vec::new(),
    }
}

/// Runs the steps, the next one only when the one before has passed.
#[expect(
    clippy::disallowed_methods,
    reason = "a chore says how long its steps took"
)]
pub(crate) fn steps(steps: impl IntoIterator<Item = Step>) -> Result<(), Failed> {
    for Step { name, command } in steps {
        eprintln!("── {name}: {command}");
        let began = Instant::now();
        let start = |error| Failed::Start {
            command: command.to_string(),
            error,
        };
        let status = command.command().status().map_err(start)?;
        if !status.success() {
            return Err(Failed::Exit {
                name,
                command: command.to_string(),
                status,
            });
        }
        eprintln!("── {name}: passed in {} s", began.elapsed().as_secs());
    }
    Ok(())
}
