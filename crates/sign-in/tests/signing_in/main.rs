//! Signing in over HTTP: the real pages and the real tab, against the simulated identity provider.

mod entering;
mod hostile;
mod practices;
mod roles;
mod sessions;
mod world;
