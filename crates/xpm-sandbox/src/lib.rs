//! xpm-sandbox
