//! What a change is called.

use std::fmt;

use super::Scope;

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDeployed => f.write_str("all that is not deployed"),
            Self::From(date) => write!(f, "{} and later ones", date.format("%-d %B %Y")),
        }
    }
}
