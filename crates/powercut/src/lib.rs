//! Power cuts under the SQLite store, and full or failing disks, simulated.
//!
//! A [`Machine`] has a disk in memory that SQLite reaches through a VFS of its own, so it is the
//! real store that runs on it. Everything that is done to the disk is recorded with what was
//! synced; [`cut`] makes of any point of the record what the disk may hold if the power is cut
//! there. [`story`] is a random life of a store, whose acknowledgements are noted; [`check`] opens
//! an image with the real store and looks whether it is what the life had come to.
//!
//! `cargo xtask powercut --images 100000 --seed 1` tries many and prints what was found.

pub mod check;
pub mod cut;
mod dice;
mod disk;
mod locks;
mod machine;
pub mod reference;
pub mod story;
pub mod trial;
mod trouble;
mod units;
mod vfs;

pub use self::dice::Dice;
pub use self::disk::{Files, Recording};
pub use self::machine::{DATABASE, Machine, Synchronous};
pub use self::trouble::{Kind, Trouble};
