//! xpm-adapter
