//! The scheduler over a store, a gateway and a clock in memory: no time passes by itself.

mod budget;
mod lease;
mod order;
mod world;
mod zones;
