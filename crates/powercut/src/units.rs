//! Units as in life: imports, edits, deployments step by step, commands under a key.

use chrono::Days;
use workflow_core::audit::{Actor, Change, Event, Line, Subject};
use workflow_core::budget::BudgetChange;
use workflow_core::deployment::{Deployment, Digest, Fence};
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{Once, Put, Record, Unit, Version};
use workflow_core::practice::{Client, DailyCalls};
use workflow_core::testing::samples::{self, Stage};
use workflow_core::text::Name;
use workflow_core::workflow::{Occurrence, Workflow, WorkflowEvent};

use crate::dice::Dice;

/// The practices of a life; the first is the one that deploys.
pub(crate) fn practices() -> [PracticeId; 2] {
    ["acme", "beta"].map(samples::practice_id)
}

/// A unit, and the number by which its audit lines are known: the minute at which they say that
/// they were written.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) practice: PracticeId,
    pub(crate) number: i64,
    pub(crate) unit: Unit,
    /// Whether it is written under the practice's lease.
    pub(crate) fenced: bool,
}

/// What a life has written so far, and so what it may write next.
#[derive(Debug)]
pub(crate) struct Book {
    numbers: i64,
    clients: [Vec<Kept<Client>>; 2],
    workflows: Vec<Working>,
}

#[derive(Debug)]
struct Kept<T> {
    value: T,
    version: u64,
    /// The burst that touched it last: the units of one do not meet.
    burst: usize,
}

#[derive(Debug)]
struct Working {
    kept: Kept<Workflow>,
    occurrences: u32,
    deploying: Option<Deploying>,
}

#[derive(Debug)]
struct Deploying {
    deployment: Deployment,
    version: u64,
    /// What is still to happen to it, unit by unit.
    rest: Vec<Vec<WorkflowEvent>>,
}

impl Book {
    pub(crate) fn new() -> Self {
        Self {
            numbers: 0,
            clients: Default::default(),
            workflows: Vec::new(),
        }
    }

    fn plan(&mut self, which: usize, make: impl FnOnce(&mut Self, i64) -> Unit) -> Planned {
        self.numbers += 1;
        let number = self.numbers;
        let unit = make(self, number);
        let [acme, beta] = practices();
        Planned {
            practice: if which == 0 { acme } else { beta },
            number,
            unit,
            fenced: false,
        }
    }

    /// A practice with its first clients, in one unit.
    pub(crate) fn import(&mut self, which: usize, clients: usize) -> Planned {
        self.plan(which, |book, number| {
            let practice = samples::practice(&practices()[which]);
            let line = Line {
                at: samples::minute(number),
                actor: Actor::person("Ada Byron"),
                subject: Subject::Practice,
                event: Event::Practice(Change::new(practice.clone())),
            };
            let mut unit = Unit {
                puts: vec![put(Record::Practice(practice), 0)],
                lines: vec![line],
                ..Unit::default()
            };
            for _ in 0..clients {
                book.add_client(which, number, 0, &mut unit);
            }
            unit
        })
    }

    fn add_client(&mut self, which: usize, number: i64, burst: usize, unit: &mut Unit) {
        let clients = &mut self.clients[which];
        let client = samples::client(clients.len() as u32, &format!("Client {number}"));
        unit.lines.push(samples::line(&client, number));
        unit.puts.push(put(Record::Client(client.clone()), 0));
        clients.push(Kept {
            value: client,
            version: 1,
            burst,
        });
    }

    /// Anything that may be written next and meets nothing else of its burst.
    pub(crate) fn any(&mut self, dice: &mut Dice, burst: usize) -> Planned {
        match dice.below(10) {
            0 => self
                .plan(dice.below(2), |_, _| Unit::default())
                .filled(self, burst),
            1 | 2 => self.edit(dice, burst),
            3 => self.add_workflow(burst),
            _ => self.deploy(dice, burst),
        }
    }

    fn edit(&mut self, dice: &mut Dice, burst: usize) -> Planned {
        let which = dice.below(2);
        let clients = self.clients[which].len();
        let chosen = dice.below(clients);
        let keyed = dice.once_in(2);
        self.plan(which, |book, number| {
            let kept = book.clients[which].get_mut(chosen);
            let mut unit = Unit::default();
            let Some(kept) = kept.filter(|kept| kept.burst != burst) else {
                book.add_client(which, number, burst, &mut unit);
                return unit;
            };
            let before = kept.value.clone();
            kept.value.name = Name::new(format!("Client, renamed {number}")).expect("a name");
            kept.burst = burst;
            unit.lines.push(Line {
                at: samples::minute(number),
                actor: Actor::person("Ada Byron"),
                subject: Subject::Client(kept.value.id),
                event: Event::Client(Change::from(Some(before), kept.value.clone())),
            });
            let record = Record::Client(kept.value.clone());
            unit.puts.push(put(record, kept.version));
            kept.version += 1;
            if keyed {
                unit.once = Some(Once {
                    key: format!("edit-{number}").parse().expect("a key"),
                    command: Digest::of(&[b"edit"]),
                });
            }
            unit
        })
    }

    fn add_workflow(&mut self, burst: usize) -> Planned {
        self.plan(0, |book, number| {
            let id = book.workflows.len() as u32;
            let client = samples::client_id(0);
            let added = samples::added(client, workflow_core::workflow::Origin::Hand);
            let placed = samples::next_placed(samples::minute(0));
            let mut workflow = Workflow::added(samples::workflow_id(id), &added).expect("a sample");
            workflow.apply(&placed);
            let lines = [added, placed].map(|event| samples::workflow_line(id, event, number));
            let record = Record::Workflow(Box::new(workflow.clone()));
            book.workflows.push(Working {
                kept: Kept {
                    value: workflow,
                    version: 1,
                    burst,
                },
                occurrences: 0,
                deploying: None,
            });
            Unit {
                puts: vec![put(record, 0)],
                lines: lines.into(),
                ..Unit::default()
            }
        })
    }

    /// The next unit of a deployment: begun with its first intent, its result, its end.
    fn deploy(&mut self, dice: &mut Dice, burst: usize) -> Planned {
        let chosen = dice.below(self.workflows.len());
        let free = self.workflows.get(chosen);
        if free.is_none_or(|working| working.kept.burst == burst) {
            return self.add_workflow(burst);
        }
        let mut planned = self.plan(0, |book, number| {
            let working = &mut book.workflows[chosen];
            working.kept.burst = burst;
            working.next(chosen as u32, number)
        });
        planned.fenced = true;
        planned
    }
}

impl Planned {
    fn filled(mut self, book: &mut Book, burst: usize) -> Self {
        let which = usize::from(self.practice != practices()[0]);
        book.add_client(which, self.number, burst, &mut self.unit);
        self
    }

    /// The unit as it is written under a lease.
    pub(crate) fn under(&self, fence: Fence) -> Unit {
        Unit {
            fence: self.fenced.then_some(fence),
            ..self.unit.clone()
        }
    }
}

impl Working {
    fn next(&mut self, id: u32, number: i64) -> Unit {
        let at = samples::minute(0);
        let begins = self.deploying.is_none();
        let mut deploying = self.deploying.take().unwrap_or_else(|| {
            let nominal = samples::day(0) + Days::new(u64::from(self.occurrences));
            self.occurrences += 1;
            let stage = Stage::Deployed;
            let events = samples::deployment_events(id, Occurrence::On(nominal), at, stage);
            let client = samples::client_id(0);
            let begun = Deployment::begun(samples::workflow_id(id), client, &events[0]);
            Deploying {
                deployment: begun.expect("a sample"),
                version: 0,
                // The last unit first.
                rest: vec![
                    events[3..].to_vec(),
                    events[2..3].to_vec(),
                    events[..2].to_vec(),
                ],
            }
        });
        let events = deploying.rest.pop().unwrap_or_default();
        for (place, event) in events.iter().enumerate() {
            self.kept.value.apply(event);
            if !(begins && place == 0) {
                deploying.deployment.apply(event);
            }
        }
        let deployment = Record::Deployment(Box::new(deploying.deployment.clone()));
        let workflow = Record::Workflow(Box::new(self.kept.value.clone()));
        let puts = vec![
            put(deployment, deploying.version),
            put(workflow, self.kept.version),
        ];
        deploying.version += 1;
        self.kept.version += 1;
        if !deploying.rest.is_empty() {
            self.deploying = Some(deploying);
        }
        let line = |event| samples::workflow_line(id, event, number);
        Unit {
            puts,
            budget: begins.then(|| (BudgetChange::debit(at, 1), DailyCalls::Higher)),
            lines: events.into_iter().map(line).collect(),
            ..Unit::default()
        }
    }
}

/// The practice that the check of an image writes to.
pub(crate) fn checked() -> PracticeId {
    samples::practice_id("checked")
}

/// What the check of an image writes when it finds so many of its units there.
pub(crate) fn check_unit(number: usize) -> Unit {
    let client = samples::client(number as u32, "Still here");
    Unit {
        lines: vec![samples::line(&client, number as i64 + 1)],
        puts: vec![put(Record::Client(client), 0)],
        ..Unit::default()
    }
}

fn put(record: Record, version: u64) -> Put {
    Put {
        record,
        expected: Version(version),
    }
}
