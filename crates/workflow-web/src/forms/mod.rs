//! Forms: what they hold, what they look like, and how they are read.

pub(crate) mod add;
mod field;
mod input;
pub(crate) mod read_when;
pub(crate) mod settings;
pub(crate) mod when;

pub(crate) use self::field::{
    Choice, Field, Fields, Fills, FormView, Kind, Problems, Refusable, Section, Weight,
};
pub(crate) use self::input::Input;
