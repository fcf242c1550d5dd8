//! A pseudo-terminal, for what asks whoever sits at one.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};

use crate::support::Ran;

/// Runs the binary at a terminal of its own: its standard input and its standard error. Once the
/// terminal shows `question`, somebody types `answer`.
///
/// What the terminal showed, the answer included, is the `err` of what comes back.
pub(crate) fn at_a_terminal(mut command: Command, question: &str, answer: &str) -> Ran {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let ours = openpt(flags).expect("a terminal");
    grantpt(&ours).expect("it is ours");
    unlockpt(&ours).expect("it can be used");
    let theirs = ioctl_tiocgptpeer(&ours, flags).expect("its other end");
    let other = theirs.try_clone().expect("a second one");
    command.stdin(theirs).stderr(other).stdout(Stdio::piped());
    let child = command.spawn().expect("the binary starts");
    // Its ends of the terminal are its own from here, so that its end is seen.
    drop(command);
    let mut shown = until(ours.try_clone().expect("a second one"), question);
    let mut ours = File::from(ours);
    ours.write_all(answer.as_bytes()).expect("it is typed");
    let rest = thread::spawn(move || to_the_end(&mut ours));
    let output = child.wait_with_output().expect("the binary ends");
    shown += &rest.join().expect("the terminal was read");
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("standard output is text"),
        err: shown,
    }
}

/// Reads what a terminal shows until the question is there.
fn until(terminal: OwnedFd, question: &str) -> String {
    let (mut terminal, mut shown) = (File::from(terminal), Vec::new());
    let is_asked = |shown: &[u8]| String::from_utf8_lossy(shown).contains(question);
    let mut byte = [0; 1];
    while !is_asked(&shown) {
        match terminal.read(&mut byte) {
            Ok(1) => shown.push(byte[0]),
            _ => panic!("never asked: {}", String::from_utf8_lossy(&shown)),
        }
    }
    String::from_utf8_lossy(&shown).into_owned()
}

/// Reads the rest, up to the end of whoever wrote there: Linux says so by an error.
fn to_the_end(terminal: &mut File) -> String {
    let mut shown = Vec::new();
    let mut part = [0; 4096];
    while let Ok(read @ 1..) = terminal.read(&mut part) {
        shown.extend_from_slice(&part[..read]);
    }
    String::from_utf8_lossy(&shown).into_owned()
}
