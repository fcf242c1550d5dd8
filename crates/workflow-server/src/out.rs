//! Writing to standard output and standard error, where a reader that has gone is no failure.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::failure::Failure;

/// Writes lines to standard output. A reader that closed its end has had enough.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::because(
            "standard output cannot be written",
            &error,
        )),
        Ok(()) => Ok(()),
    }
}

/// Writes a value to standard output as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| Failure::because("the answer is no JSON", &error))?;
    print(&(text + "\n"))
}

/// Writes a line to standard error. There is nobody to tell where that fails.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
