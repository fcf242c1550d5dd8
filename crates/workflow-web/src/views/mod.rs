//! What pages show, made from what the core answers. A view holds texts that are ready to show and
//! decides nothing else.

pub(crate) mod audit;
pub(crate) mod change;
pub(crate) mod coming;
pub(crate) mod desk;
pub(crate) mod directory;
pub(crate) mod edited;
pub(crate) mod frame;
pub(crate) mod planned;
pub(crate) mod preview;
pub(crate) mod records;
pub(crate) mod schedule;
pub(crate) mod settings;
pub(crate) mod shell;
pub(crate) mod status;
pub(crate) mod webhooks;
pub(crate) mod words;
pub(crate) mod year;
