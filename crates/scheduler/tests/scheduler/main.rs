//! The scheduler over a store, a gateway and a clock in memory: no time passes by itself.

mod budget;
mod calendar;
mod directory;
mod faulty;
mod lease;
mod limits;
mod look_ups;
mod metered;
mod metrics;
mod missed;
mod numbers;
mod order;
mod people;
mod places;
mod sweep;
mod sweep_in_part;
mod told;
mod world;
mod zones;
