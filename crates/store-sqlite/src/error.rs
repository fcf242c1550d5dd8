//! Why a database could not be opened, one variant for each decision of the caller's.

use std::path::PathBuf;

/// Why a database could not be opened. Nothing was changed, unless the variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The folder that is to hold the database does not exist.
    #[error("the folder {} does not exist", folder.display())]
    NoFolder {
        /// Which one.
        folder: PathBuf,
    },
    /// A guest was to open a database that does not exist: only its owner makes one.
    #[error("there is no database at {}", path.display())]
    Missing {
        /// Where.
        path: PathBuf,
    },
    /// The file is not an SQLite database, or the key of an encrypted one is missing.
    #[error("{} is not an SQLite database", path.display())]
    NotADatabase {
        /// Which one.
        path: PathBuf,
    },
    /// The file is an SQLite database of another program.
    #[error("{} is an SQLite database of another program", path.display())]
    OtherProgram {
        /// Which one.
        path: PathBuf,
    },
    /// A newer program has written the database.
    #[error(
        "{} has schema {found}, and this program knows {known}: use the newer program, or restore \
         the backup made before it",
        path.display()
    )]
    Newer {
        /// Which one.
        path: PathBuf,
        /// Its schema's number.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// A guest was to open a database that its owner has not brought up to date yet.
    #[error(
        "{} has schema {found}, and this program needs {known}: its owner brings it up to date \
         when it is opened",
        path.display()
    )]
    Older {
        /// Which one.
        path: PathBuf,
        /// Its schema's number.
        found: u32,
        /// The one that this program needs.
        known: u32,
    },
    /// Another process owns the database.
    #[error("{} is owned by {owner}", path.display())]
    Owned {
        /// Which one.
        path: PathBuf,
        /// Who owns it: the process's number and label.
        owner: String,
    },
    /// A step of the schema failed; the steps before it are done, and opening again goes on.
    #[error("the schema of {} could not be brought up to date", path.display())]
    Migration {
        /// Which database.
        path: PathBuf,
        /// What failed.
        #[source]
        source: Box<rusqlite_migration::Error>,
    },
    /// The system refused a file or a thread.
    #[error("{} cannot be opened", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// SQLite refused, for instance because the file is damaged or another process holds it.
    #[error("SQLite cannot open {}", path.display())]
    Sqlite {
        /// Which database.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: Box<rusqlite::Error>,
    },
}
