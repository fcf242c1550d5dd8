//! One history: a practice, its people, the processes that serve it and die, and the weather; from
//! one seed, on virtual time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scheduler::{Options, Scheduler};
use workflow_core::ports::clock::{Clock as _, IdSource};
use workflow_core::ports::gateway::JobGateway;
use workflow_core::ports::store::Store;
use workflow_core::service::{Ports, Workflows};
use workflow_core::testing::{CountingIds, ManualClock};
use workflow_core::zone::Zones;

use crate::dice::Dice;
use crate::disk::Disk;
use crate::executor::{Executor, Process, at_once};
use crate::gateway::Xpm;
use crate::limits::Meter;
use crate::lost::{Backup, Lost};
use crate::people::Person;
use crate::practice;
use crate::setting::{Deaths, Rebirth, Script, Setting};
use crate::yielding::{Yielding, Yields};

const DAY: Duration = Duration::from_secs(86_400);
const GUEST: Process = Process(0);
/// How long the calm lasts.
const CALM: Duration = Duration::from_secs(4 * 86_400);
/// Polls without any time passing, and polls in one minute: more would be a busy loop.
const MOST_AT_ONCE: u64 = 60_000;

/// A history that has ended, for the checker.
pub(crate) struct Ended {
    pub(crate) setting: Setting,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) workflows: Workflows,
    pub(crate) xpm: Xpm,
    pub(crate) now: DateTime<Utc>,
    /// Whatever was due by then has been dealt with.
    pub(crate) horizon: DateTime<Utc>,
    /// How far the wall clock was ever set, back and forth together.
    pub(crate) jumped: TimeDelta,
    /// Polls of the processes that serve the practice.
    pub(crate) polls: u64,
    /// The same in the last, quiet day.
    pub(crate) quiet_polls: u64,
    pub(crate) deaths: u64,
    /// What was lost each time that a backup was restored.
    pub(crate) lost: Vec<Lost>,
    _disk: Disk,
}

enum Event {
    Birth,
    Thaw(Process),
    Kill(Process),
    Jump,
    BackUp,
    Restore,
    ClearUp,
    QuietDay,
    End,
}

/// A history under way.
pub(crate) struct History {
    setting: Setting,
    dice: Dice,
    clock: ManualClock,
    disk: Disk,
    xpm: Xpm,
    ids: Arc<dyn IdSource>,
    zones: Arc<dyn Zones>,
    executor: Executor,
    yields: Yields,
    events: BTreeMap<(Duration, u64), Event>,
    last_event: u64,
    /// The processes that serve, the newest last; frozen ones among them.
    serving: Vec<Process>,
    last_process: u32,
    rebirth: Rebirth,
    polls: u64,
    /// Before which poll the newest process dies.
    dies_at: Option<u64>,
    deaths: u64,
    jumped: TimeDelta,
    quiet_from: Option<u64>,
    /// The latest one.
    backup: Option<Backup>,
    lost: Vec<Lost>,
}

impl History {
    /// Sets the practice up.
    pub(crate) fn begin(setting: Setting) -> Self {
        let seed = setting.seed;
        let dice = |purpose| Dice::new(seed, purpose);
        let start = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let chance = dice(2);
        let day = start + chrono::Days::new(chance.below(365));
        let time = TimeDelta::minutes(i64::try_from(chance.below(1_440)).unwrap());
        let now = day.and_time(chrono::NaiveTime::MIN).and_utc() + time;
        let clock = ManualClock::at(now);
        let yields = match setting.yields {
            Some(most) => Yields::UpTo(most, dice(3)),
            None => Yields::Always(1),
        };
        let options = Options::default();
        let xpm = Xpm::new(
            clock.clone(),
            dice(4),
            setting.weather.clone(),
            Meter::new(setting.windows, 1_000),
            yields.clone(),
            options.policy.settle.to_std().unwrap(),
        );
        let mut history = Self {
            dice: chance,
            clock,
            disk: Disk::new(setting.kind),
            xpm,
            ids: Arc::new(CountingIds::new(setting.seed)),
            zones: workflow::system::zones(),
            executor: Executor::new(dice(5)),
            yields,
            events: BTreeMap::new(),
            last_event: 0,
            serving: Vec::new(),
            last_process: GUEST.0,
            rebirth: Rebirth::ByLock,
            polls: 0,
            dies_at: None,
            deaths: 0,
            jumped: TimeDelta::zero(),
            quiet_from: None,
            backup: None,
            lost: Vec::new(),
            setting,
        };
        let plain = history.workflows(history.disk.owner(), Arc::new(history.xpm.clone()));
        let size = history.setting.size;
        at_once(practice::set_up(&plain, &dice(6), size, day));
        let numbering = history.setting.numbering.clone();
        let practice = plain.practice(practice::practice_id());
        at_once(practice.set_numbering(practice::host(), numbering)).expect("it may");
        if history.setting.script == Script::Small {
            at_once(practice::add_small(&plain, day));
        }
        drop(plain);
        history.plan_events();
        history
    }

    fn plan_events(&mut self) {
        let calm = self.setting.calm_from;
        self.at(Duration::ZERO, Event::Birth);
        if self.setting.jumps {
            for _ in 0..self.dice.between(1, 12) {
                let minutes = calm.as_secs() / 60;
                let at = Duration::from_secs(60 * self.dice.below(minutes));
                self.at(at, Event::Jump);
            }
        }
        for _ in 0..self.setting.restores {
            let minutes = |time: Duration| time.as_secs() / 60;
            let taken = self.dice.between(1, minutes(calm - 2 * DAY));
            let lost_after = self.dice.between(1, minutes(3 * DAY));
            let restored = (taken + lost_after).min(minutes(calm - DAY));
            self.at(Duration::from_secs(60 * taken), Event::BackUp);
            self.at(Duration::from_secs(60 * restored), Event::Restore);
        }
        self.at(calm + DAY / 24, Event::ClearUp);
        self.at(calm + DAY * 5 / 4, Event::ClearUp);
        self.at(calm + CALM - DAY, Event::QuietDay);
        self.at(calm + CALM, Event::End);
        self.open_beside();
    }

    /// Somebody works beside the process that serves.
    fn open_beside(&mut self) {
        if let Some(every) = self.setting.people {
            let purpose = 7 + 1_000_000 * u64::try_from(self.lost.len()).unwrap_or(0);
            let guest = self.person(self.disk.guest(), purpose, every * 2);
            self.executor.spawn(GUEST, guest.live());
        }
    }

    fn at(&mut self, at: Duration, event: Event) {
        self.last_event += 1;
        self.events.insert((at, self.last_event), event);
    }

    fn workflows(&self, store: Arc<dyn Store>, gateway: Arc<dyn JobGateway>) -> Workflows {
        Workflows::new(Ports {
            store,
            gateway,
            clock: Arc::new(self.clock.clone()),
            ids: self.ids.clone(),
            zones: self.zones.clone(),
        })
    }

    fn yielding(&self, store: Arc<dyn Store>) -> Workflows {
        let store = Yielding {
            inner: self.setting.wrong.store(store),
            yields: self.yields.clone(),
        };
        let gateway = self.setting.wrong.gateway(Arc::new(self.xpm.clone()));
        self.workflows(Arc::new(store), gateway)
    }

    fn person(&self, store: Arc<dyn Store>, purpose: u64, every: Duration) -> Person {
        Person {
            workflows: self.yielding(store),
            xpm: self.xpm.clone(),
            clock: self.clock.clone(),
            dice: Dice::new(self.setting.seed, purpose),
            size: self.setting.size,
            every,
            until: self.setting.calm_from,
        }
    }

    /// A new process begins to serve.
    fn birth(&mut self) {
        let alone = self.serving.is_empty();
        if self.rebirth == Rebirth::ByLock && alone && self.last_process > GUEST.0 {
            self.disk.reopen();
        }
        self.last_process += 1;
        let process = Process(self.last_process);
        self.serving.push(process);
        let workflows = self.yielding(self.disk.owner());
        let mut options = Options {
            look_every: self.setting.look_every,
            ..Options::default()
        };
        self.setting.wrong.options(&mut options);
        let scheduler = Scheduler::new(workflows).with(options);
        self.executor.spawn(process, async move {
            let ended = scheduler.run(std::future::pending()).await;
            panic!("a scheduler ends only when it is told to: {ended:?}");
        });
        if let Some(every) = self.setting.people {
            let person = self.person(self.disk.owner(), 100 + u64::from(process.0), every);
            self.executor.spawn(process, person.live());
        }
        let dice = &self.dice;
        self.dies_at = match &self.setting.deaths {
            Deaths::Never => None,
            Deaths::At(polls, _) => polls.iter().copied().find(|poll| *poll > self.polls),
            Deaths::Every(polls) => Some(self.polls + 1 + dice.below(2 * polls)),
        };
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Ended {
        let mut at_once = 0;
        loop {
            match self.executor.step() {
                Some(GUEST) => {}
                Some(_) => self.polls += 1,
                None if self.pass_time() => {
                    at_once = 0;
                    continue;
                }
                None => return self.end(),
            }
            at_once += 1;
            assert!(at_once < MOST_AT_ONCE, "busy, and no time passes");
            if self.dies_at == Some(self.polls) {
                self.die();
            }
        }
    }

    /// Lets time pass to whatever comes first; false at the end.
    fn pass_time(&mut self) -> bool {
        let now = self.clock.monotonic();
        let event = self.events.first_key_value().map(|((at, _), _)| *at);
        let event = event.expect("the end is planned").saturating_sub(now);
        let event = TimeDelta::from_std(event).unwrap();
        let wake = self.clock.next_wake().map(|at| at - self.clock.now());
        if let Some(wake) = wake
            && wake < event
        {
            self.clock.advance(wake);
            return true;
        }
        self.clock.advance(event);
        let Some((_, event)) = self.events.pop_first() else {
            return false;
        };
        match event {
            Event::Birth => self.birth(),
            Event::Thaw(process) => self.executor.thaw(process),
            Event::Kill(process) => self.kill(process),
            Event::Jump => self.jump(),
            Event::BackUp => {
                self.backup = Some(Backup::take(&self.disk, &self.clock));
            }
            Event::Restore => self.restore(),
            Event::ClearUp => {
                let person = self.person(self.disk.guest(), 8, DAY);
                self.executor.spawn(GUEST, async move {
                    person.clear_up().await.unwrap();
                });
            }
            Event::QuietDay => self.quiet_from = Some(self.polls),
            Event::End => return false,
        }
        true
    }

    fn jump(&mut self) {
        let by = i64::try_from(self.dice.between(1, 90)).unwrap();
        let by = TimeDelta::seconds(if self.dice.often(500) { by } else { -by });
        self.jumped += by.abs();
        self.clock.set_wall(self.clock.now() + by);
    }

    /// The store is lost with every process that had it open; the backup is put in its place, and
    /// somebody says so before anybody serves again.
    fn restore(&mut self) {
        let Some(backup) = &self.backup else {
            return;
        };
        for process in std::mem::take(&mut self.serving) {
            self.executor.kill(process);
        }
        self.executor.kill(GUEST);
        self.events
            .retain(|_, event| !matches!(event, Event::Birth));
        let lost = backup.lost(&self.clock);
        let taken_at = lost.taken_at;
        self.lost.push(lost);
        self.disk.restore(&backup.held);
        let plain = self.workflows(self.disk.guest(), Arc::new(self.xpm.clone()));
        let restored = plain.practice(practice::practice_id());
        at_once(restored.restored(practice::host(), taken_at)).unwrap();
        self.open_beside();
        self.rebirth = Rebirth::ByLock;
        self.dies_at = None;
        let down = Duration::from_secs(*self.dice.pick(&[0, 0, 600, 40_000]));
        self.at(self.clock.monotonic() + down, Event::Birth);
    }

    fn is_calm(&self) -> bool {
        self.clock.monotonic() >= self.setting.calm_from
    }

    fn kill(&mut self, process: Process) {
        self.executor.kill(process);
        self.serving.retain(|serving| *serving != process);
    }

    /// The newest process dies, or stands still for a while, and another one takes its place.
    fn die(&mut self) {
        self.dies_at = None;
        let Some(process) = self.serving.last().copied() else {
            return;
        };
        let now = self.clock.monotonic();
        if let Deaths::At(_, rebirth) = self.setting.deaths {
            self.deaths += 1;
            self.rebirth = rebirth;
            self.kill(process);
            self.at(now, Event::Birth);
            return;
        }
        if self.is_calm() {
            return;
        }
        self.deaths += 1;
        let calm = self.setting.calm_from;
        let again = |wait: Duration| (now + wait).min(calm);
        let seconds = Duration::from_secs;
        if self.serving.len() == 1 && self.dice.often(200) {
            // It stands still; somebody starts another beside it; it goes on, and ends some time.
            self.executor.freeze(process);
            self.xpm.world().beside += 5;
            let wakes = *self.dice.pick(&[1, 30, 59, 61, 90, 600]);
            let thaw = again(seconds(wakes));
            self.at(thaw, Event::Thaw(process));
            let lives = self.dice.between(1, 7_200);
            self.at(again(seconds(wakes + lives)), Event::Kill(process));
            self.rebirth = Rebirth::ByLease;
            let after = self.dice.below(120);
            self.at(again(seconds(after)), Event::Birth);
            return;
        }
        self.kill(process);
        self.rebirth = *self.dice.pick(&[Rebirth::ByLock, Rebirth::ByLease]);
        let down = match self.dice.below(8) {
            0..=2 => 0,
            3 | 4 => self.dice.below(100),
            5 | 6 => self.dice.below(7_200),
            _ => self.dice.below(6 * 86_400),
        };
        self.at(again(seconds(down)), Event::Birth);
    }

    fn end(mut self) -> Ended {
        for process in std::mem::take(&mut self.serving) {
            self.executor.kill(process);
        }
        self.executor.kill(GUEST);
        let now = self.clock.now();
        let store = self.disk.guest();
        Ended {
            workflows: self.workflows(store.clone(), Arc::new(self.xpm.clone())),
            store,
            xpm: self.xpm,
            now,
            horizon: now - TimeDelta::from_std(CALM).unwrap() + TimeDelta::days(1),
            jumped: self.jumped,
            polls: self.polls,
            quiet_polls: self.polls - self.quiet_from.unwrap_or(self.polls),
            deaths: self.deaths,
            lost: self.lost,
            setting: self.setting,
            _disk: self.disk,
        }
    }
}
