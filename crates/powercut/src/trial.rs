//! Many lives, each cut at many points: what was tried, and what was found.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::check::{Fault, Finding, Floor, check};
use crate::cut::{Cut, Damage, Traits};
use crate::dice::Dice;
use crate::disk::{Files, Recording};
use crate::machine::{DATABASE, Machine, Synchronous};
use crate::reference::States;
use crate::story::{Failed, Place, Story, Threading, live};
use crate::trouble::{Kind, Trouble};

/// What is to be tried.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// How many images, second cuts not counted.
    pub images: usize,
    /// How many of them are made of one life, at least one.
    pub of_one: usize,
    /// What everything depends on.
    pub seed: u64,
    /// How many lives go on side by side.
    pub workers: usize,
    /// What is taken away from the store on purpose.
    pub weakness: Weakness,
}

/// What is taken away from the store on purpose, to see that it is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Nothing.
    None,
    /// SQLite runs with `synchronous=NORMAL`.
    Normal,
    /// The disk says that it has synced and has not.
    LyingDisk,
}

/// A finding, and how to see it again.
#[derive(Clone, Debug)]
pub struct Found {
    /// The number of the life.
    pub story: usize,
    /// The number of the image among those of its life.
    pub image: usize,
    /// After how many things that were done to the disk the power was cut.
    pub position: usize,
    /// What became of what was not synced.
    pub damage: Damage,
    /// Which cut it was.
    pub round: Round,
    /// What was found.
    pub finding: Finding,
}

/// Which cut of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// During the life.
    First,
    /// While the image of the first was opened and checked.
    Again,
}

/// What was tried, and what was found.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Images, and what was found in them, by damage.
    pub images: BTreeMap<Damage, BTreeMap<Option<Fault>, usize>>,
    /// Lives.
    pub stories: usize,
    /// Lives with threads and producers side by side.
    pub threaded: usize,
    /// Lives whose disk was full or failed for a while.
    pub troubled: usize,
    /// Refusals because of that.
    pub refusals: usize,
    /// Units that were acknowledged.
    pub units: usize,
    /// Writes, changes of size, syncs, names made and taken away.
    pub ops: usize,
    /// Logs moved into the file while the store was open.
    pub checkpoints: usize,
    /// Images cut within the first opening, which makes the schema.
    pub opening: usize,
    /// Images cut while the database file itself was written.
    pub file_under_way: usize,
    /// Images with a file that had been deleted.
    pub back: usize,
    /// Images without a file that had been made.
    pub gone: usize,
    /// Images cut again while they were opened.
    pub again: usize,
    /// The first findings.
    pub found: Vec<Found>,
}

/// The most findings that are kept whole.
const MOST_FOUND: usize = 20;

impl Trial {
    /// Tries it.
    ///
    /// # Errors
    ///
    /// [`Failed`] where a life cannot be led: that is a fault as well.
    ///
    /// # Panics
    ///
    /// Where a worker does.
    pub fn run(&self) -> Result<Tally, Failed> {
        self.run_telling(&|_| ())
    }

    /// Tries it, and tells after each life what was tried so far.
    ///
    /// # Errors
    ///
    /// As [`Trial::run`].
    ///
    /// # Panics
    ///
    /// Where a worker or `told` does.
    pub fn run_telling(&self, told: &(dyn Fn(&Tally) + Sync)) -> Result<Tally, Failed> {
        let of_one = self.of_one.max(1);
        let stories = self.images.div_ceil(of_one);
        let next = AtomicUsize::new(0);
        let total = Mutex::new(Tally::default());
        std::thread::scope(|scope| {
            let work = || -> Result<(), Failed> {
                let bench = Bench::new()?;
                loop {
                    let story = next.fetch_add(1, Ordering::Relaxed);
                    if story >= stories {
                        return Ok(());
                    }
                    let images = (self.images - story * of_one).min(of_one);
                    let tally = self.story(&bench, story, 0..images)?;
                    let mut total = total.lock().expect("no worker panics");
                    total.add(tally);
                    told(&total);
                }
            };
            let workers: Vec<_> = (0..self.workers.max(1))
                .map(|_| scope.spawn(work))
                .collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().expect("no worker panics"))
        })?;
        Ok(total.into_inner().expect("no worker panics"))
    }

    /// Tries some images of one life again.
    ///
    /// # Errors
    ///
    /// As [`Trial::run`].
    pub fn repeat(&self, story: usize, images: Range<usize>) -> Result<Tally, Failed> {
        self.story(&Bench::new()?, story, images)
    }

    fn story(&self, bench: &Bench, number: usize, images: Range<usize>) -> Result<Tally, Failed> {
        let mut dice = Dice::new(self.seed).apart(number as u64);
        let threading = match number % 4 {
            3 => Threading::Threads,
            _ => Threading::Inline,
        };
        let Bench { machine, place, .. } = bench;
        machine.boot(Files::new());
        let mut trouble = Trouble::none();
        match self.weakness {
            Weakness::None if number % 5 == 4 => {
                let kind = Kind::TOLD[dice.below(Kind::TOLD.len())];
                trouble = Trouble::after(dice.below(900), kind);
            }
            Weakness::None => {}
            Weakness::Normal => machine.set_synchronous(Synchronous::Normal),
            Weakness::LyingDisk => trouble = Trouble::after(0, Kind::SyncsLie),
        }
        let troubled = !trouble.is_none() && self.weakness == Weakness::None;
        machine.set_trouble(trouble);
        let said = |failed: Failed| Failed::new(format!("life {number}: {failed}"));
        let story = live(machine, place, threading, &mut dice).map_err(said)?;
        let states = States::after(&bench.reference, place, &story.units()).map_err(said)?;
        let mut tally = Tally {
            stories: 1,
            threaded: usize::from(threading == Threading::Threads),
            troubled: usize::from(troubled),
            refusals: story.refusals.len(),
            units: story.units.values().map(Vec::len).sum(),
            ops: story.len(),
            checkpoints: story.checkpoints,
            ..Tally::default()
        };
        // In the order of their positions, so that the record is played once.
        let mut drawn: Vec<_> = images
            .map(|image| {
                let mut dice = dice.apart(image as u64);
                (dice.below(story.len() + 1), image, dice)
            })
            .collect();
        drawn.sort_by_key(|(position, image, _)| (*position, *image));
        let mut cut = Cut::start(&story.recording);
        for (position, image, mut dice) in drawn {
            cut.advance(&story.recording, position);
            let tried = Tried {
                bench,
                states: &states,
                story: number,
                image,
            };
            tried.image(&story, &cut, &mut dice, &mut tally);
        }
        Ok(tally)
    }
}

/// What one worker works with.
struct Bench {
    machine: Machine,
    reference: Machine,
    place: Place,
}

impl Bench {
    fn new() -> Result<Self, Failed> {
        Ok(Self {
            machine: Machine::new(),
            reference: Machine::new(),
            place: Place::new()?,
        })
    }
}

/// One image that is tried.
struct Tried<'a> {
    bench: &'a Bench,
    states: &'a States,
    story: usize,
    image: usize,
}

impl Tried<'_> {
    fn image(&self, story: &Story, cut: &Cut, dice: &mut Dice, tally: &mut Tally) {
        let floor = Floor::of(story, cut.position());
        let opening = cut.position() < story.opened;
        let first = self.check(cut, &floor, Round::First, dice, tally);
        tally.opening += usize::from(opening);
        let Some(recording) = first else { return };
        if dice.once_in(4) {
            let (sound, recording) = recording;
            let mut cut = Cut::start(&recording);
            cut.advance(&recording, dice.below(recording.len() + 1));
            tally.again += 1;
            let floor = sound.floor(cut.position());
            self.check(&cut, &floor, Round::Again, dice, tally);
        }
    }

    fn check(
        &self,
        cut: &Cut,
        floor: &Floor,
        round: Round,
        dice: &mut Dice,
        tally: &mut Tally,
    ) -> Option<(crate::check::Sound, Recording)> {
        let damage = Damage::ALL[dice.below(Damage::ALL.len())];
        let (files, traits) = cut.image(damage, dice, DATABASE);
        tally.count(&traits);
        let Bench { machine, place, .. } = self.bench;
        let checked = check(machine, place, self.states, floor, files);
        let fault = checked.as_ref().err().map(|finding| finding.fault);
        let row = tally.images.entry(damage).or_default();
        *row.entry(fault).or_default() += 1;
        match checked {
            Ok(mut sound) => {
                let recording = std::mem::take(&mut sound.recording);
                Some((sound, recording))
            }
            Err(finding) => {
                let found = Found {
                    story: self.story,
                    image: self.image,
                    position: cut.position(),
                    damage,
                    round,
                    finding,
                };
                tally.keep(found);
                None
            }
        }
    }
}

impl Tally {
    fn count(&mut self, traits: &Traits) {
        self.file_under_way += usize::from(traits.file_under_way);
        self.back += usize::from(traits.back);
        self.gone += usize::from(traits.gone);
    }

    fn keep(&mut self, found: Found) {
        if self.found.len() < MOST_FOUND {
            self.found.push(found);
        }
    }

    fn add(&mut self, other: Self) {
        for (damage, row) in other.images {
            let all = self.images.entry(damage).or_default();
            for (fault, count) in row {
                *all.entry(fault).or_default() += count;
            }
        }
        self.stories += other.stories;
        self.threaded += other.threaded;
        self.troubled += other.troubled;
        self.refusals += other.refusals;
        self.units += other.units;
        self.ops += other.ops;
        self.checkpoints += other.checkpoints;
        self.opening += other.opening;
        self.file_under_way += other.file_under_way;
        self.back += other.back;
        self.gone += other.gone;
        self.again += other.again;
        for found in other.found {
            self.keep(found);
        }
    }

    /// How many images were tried, second cuts included.
    #[must_use]
    pub fn tried(&self) -> usize {
        self.images.values().flat_map(BTreeMap::values).sum()
    }

    /// How many of them were found wrong in any way.
    #[must_use]
    pub fn unsound(&self) -> usize {
        Fault::ALL.iter().map(|fault| self.with(*fault)).sum()
    }

    /// In how many images something of that kind was found.
    #[must_use]
    pub fn with(&self, fault: Fault) -> usize {
        let rows = self.images.values();
        rows.filter_map(|row| row.get(&Some(fault))).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} lives of a store: {} with threads and producers side by side, {} on a disk that was \
             full or failed for a while ({} refusals)",
            self.stories, self.threaded, self.troubled, self.refusals
        )?;
        writeln!(
            f,
            "{} units acknowledged, {} operations on the disk, {} checkpoints while open",
            self.units, self.ops, self.checkpoints
        )?;
        writeln!(
            f,
            "images cut within the first opening: {}; while the file itself was written: {}; with a \
             deleted file back: {}; without a file that was made: {}; cut again while opening: {}\n",
            self.opening, self.file_under_way, self.back, self.gone, self.again
        )?;
        write!(
            f,
            "{:<52}{:>9}{:>9}",
            "what became of unsynced writes", "images", "sound"
        )?;
        for fault in Fault::ALL {
            write!(f, "  {}", fault.words())?;
        }
        writeln!(f)?;
        let line =
            |f: &mut fmt::Formatter<'_>, name: &str, count: &dyn Fn(Option<Fault>) -> usize| {
                let faults = Fault::ALL.map(|fault| count(Some(fault)));
                let sound = count(None);
                let tried = sound + faults.iter().sum::<usize>();
                write!(f, "{name:<52}{tried:>9}{sound:>9}")?;
                for (fault, found) in Fault::ALL.iter().zip(faults) {
                    write!(f, "  {found:>width$}", width = fault.words().len())?;
                }
                writeln!(f)
            };
        for (damage, row) in &self.images {
            line(f, damage.words(), &|fault| {
                row.get(&fault).copied().unwrap_or_default()
            })?;
        }
        line(f, "all", &|fault| {
            let rows = self.images.values();
            rows.filter_map(|row| row.get(&fault)).sum()
        })
    }
}
