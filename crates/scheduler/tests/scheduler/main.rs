//! The scheduler over a store, a gateway and a clock in memory: no time passes by itself.

mod budget;
mod calendar;
mod lease;
mod look_ups;
mod metered;
mod order;
mod sweep;
mod world;
mod zones;
