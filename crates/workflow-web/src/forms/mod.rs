//! Forms: what they hold, what they look like, and how they are read.

pub(crate) mod add;
pub(crate) mod audit;
mod field;
mod input;
pub(crate) mod planning;
pub(crate) mod read_when;
mod rule;
pub(crate) mod scope;
pub(crate) mod settings;
pub(crate) mod when;

pub(crate) use self::field::{
    Button, Choice, Field, Fields, FormView, Group, Kind, OFFERED, Problems, Refusable, Section,
    Weight,
};
pub(crate) use self::input::Input;
