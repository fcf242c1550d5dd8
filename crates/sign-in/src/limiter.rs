//! How often anybody may sign in: so many requests of one address, and of all, in a while.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use chrono::{DateTime, TimeDelta, Utc};

/// How many requests to sign in are taken in five minutes. Signing in takes two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one address; an IPv6 address counts as its network of 64 bits.
    pub of_one: u32,
    /// Of all addresses together.
    pub of_all: u32,
}

impl Default for Limits {
    /// A hundred of one address, so fifty people behind one router; and six hundred of all.
    fn default() -> Self {
        Self {
            of_one: 100,
            of_all: 600,
        }
    }
}

impl Limits {
    /// How long requests count.
    pub(crate) const WHILE: TimeDelta = TimeDelta::minutes(5);
}

/// Counts requests in windows that begin with the first request in them.
#[derive(Debug)]
pub(crate) struct Limiter {
    limits: Limits,
    all: Window,
    each: BTreeMap<IpAddr, Window>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    ends: Option<DateTime<Utc>>,
    count: u32,
}

impl Window {
    /// Counts a request, or says until when there is no room for one. What is refused is not
    /// counted, so that whoever keeps trying is let in again.
    fn take(&mut self, most: u32, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let ends = match self.ends {
            // A clock that was set back must not leave a window open for long.
            Some(ends) if now < ends && ends <= now + Limits::WHILE => ends,
            _ => {
                self.count = 0;
                now + Limits::WHILE
            }
        };
        self.ends = Some(ends);
        if self.count >= most {
            return Err(ends);
        }
        self.count += 1;
        Ok(())
    }
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            all: Window::default(),
            each: BTreeMap::new(),
        }
    }

    /// Takes a request, or says how long to wait.
    pub(crate) fn admit(
        &mut self,
        from: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<(), TimeDelta> {
        // Addresses are kept while their windows last: no more than requests were taken of all.
        self.each
            .retain(|_, window| window.ends.is_some_and(|ends| now < ends));
        if let Some(from) = from.map(network) {
            let known = self.each.get(&from).copied();
            let mut window = known.unwrap_or_default();
            let taken = window.take(self.limits.of_one, now);
            taken.map_err(|until| until - now)?;
            self.all
                .take(self.limits.of_all, now)
                .map_err(|until| until - now)?;
            self.each.insert(from, window);
            return Ok(());
        }
        let taken = self.all.take(self.limits.of_all, now);
        taken.map_err(|until| until - now)
    }
}

/// What counts as one address: of IPv6 one person has 2^64 and more.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => {
                let network = v6.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000 + second, 0).unwrap()
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn one_address_waits_and_another_does_not() {
        let mut limiter = Limiter::new(Limits {
            of_one: 2,
            of_all: 10,
        });
        for second in [0, 1] {
            assert_eq!(limiter.admit(address("192.0.2.1"), at(second)), Ok(()));
        }
        let wait = limiter.admit(address("192.0.2.1"), at(10));
        assert_eq!(wait, Err(TimeDelta::seconds(290)));
        assert_eq!(limiter.admit(address("192.0.2.2"), at(10)), Ok(()));
        let mapped = limiter.admit(address("::ffff:192.0.2.1"), at(10));
        assert!(mapped.is_err(), "the same address, written otherwise");
        assert_eq!(limiter.admit(address("192.0.2.1"), at(300)), Ok(()));
    }

    #[test]
    fn all_addresses_wait_together_and_what_was_refused_is_not_counted() {
        let mut limiter = Limiter::new(Limits {
            of_one: 2,
            of_all: 3,
        });
        for last in ["1", "2", "3"] {
            let from = address(&format!("2001:db8:{last}::1"));
            assert_eq!(limiter.admit(from, at(0)), Ok(()));
        }
        for last in 4..1_000 {
            let from = address(&format!("2001:db8:{last}::1"));
            assert_eq!(limiter.admit(from, at(1)), Err(TimeDelta::seconds(299)));
        }
        assert_eq!(limiter.admit(None, at(1)), Err(TimeDelta::seconds(299)));
        assert!(limiter.each.len() <= 3, "what is refused takes no room");
        assert_eq!(limiter.admit(None, at(300)), Ok(()));
    }

    #[test]
    fn one_network_of_ipv6_is_one_address() {
        let mut limiter = Limiter::new(Limits {
            of_one: 1,
            of_all: 9,
        });
        assert_eq!(limiter.admit(address("2001:db8::1"), at(0)), Ok(()));
        let neighbour = limiter.admit(address("2001:db8::ffff:2"), at(1));
        assert!(neighbour.is_err());
        assert_eq!(limiter.admit(address("2001:db8:0:1::1"), at(1)), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out_for_long() {
        let mut limiter = Limiter::new(Limits {
            of_one: 1,
            of_all: 9,
        });
        let from = address("192.0.2.1");
        assert_eq!(limiter.admit(from, at(100_000)), Ok(()));
        assert_eq!(limiter.admit(from, at(0)), Ok(()));
        assert_eq!(limiter.admit(from, at(1)), Err(TimeDelta::seconds(299)));
    }
}
