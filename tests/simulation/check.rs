//! The checker: what has to hold after every history, whatever happened in it.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;

use workflow_core::audit::{Event, Subject};
use workflow_core::calendar::WorkingCalendar;
use workflow_core::deployment::{Deployment, Fence, How, JobRef, Phase, Step, StepState};
use workflow_core::ids::{StaffId, TemplateId, WorkflowId};
use workflow_core::ports::store::EntryQuery;
use workflow_core::service::PracticeHandle;
use workflow_core::sweep::Stranger;
use workflow_core::verify::verify;
use workflow_core::workflow::{Why, WorkflowEvent};
use workflow_core::zone::Zone;

use crate::executor::at_once;
use crate::history::Ended;
use crate::owed::AtLast;
use crate::practice::practice_id;
use crate::told::{Around, Told};
use crate::xpm::Held;

/// What a history came to; two runs of a seed come to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) head: String,
    pub(crate) entries: u64,
    pub(crate) jobs: usize,
    pub(crate) deployed: usize,
    pub(crate) calls: usize,
    pub(crate) polls: u64,
    pub(crate) deaths: u64,
    /// Calls that XPM refused over a limit within one of its minutes or days, at the most.
    pub(crate) refused_at_most: u32,
}

/// Panics at the first thing that does not hold.
pub(crate) fn check(ended: &Ended) -> Summary {
    let handle = ended.workflows.practice(practice_id());
    let zone = at_once(handle.zone()).unwrap();
    let report = at_once(verify(&*ended.store, &practice_id())).unwrap();
    assert_eq!(report.first_break, None, "the audit is whole");
    let (told, calendars) = follow_audit(ended, &zone);
    let at_last = AtLast {
        horizon: ended.horizon,
        calendars: &calendars,
        zone: &zone,
    };
    let mut deployed = 0;
    let mut deployments: Vec<Deployment> = Vec::new();
    for (id, told) in &told {
        let found = at_once(handle.deployments_of(*id)).unwrap();
        for found in found {
            let sound = explaining(ended, *id, || check_deployment(ended, told, &found.value));
            deployed += usize::from(sound);
            deployments.push(found.value);
        }
        check_dates(ended, &handle, *id, told, &at_last);
    }
    check_markers(ended, &deployments);
    check_calls(ended);
    check_quiet(ended);
    let world = ended.xpm.world();
    Summary {
        head: report.head.to_string(),
        entries: report.entries,
        jobs: world.jobs.all.len(),
        deployed,
        calls: world.calls.len(),
        polls: ended.polls,
        deaths: ended.deaths,
        refused_at_most: world.meter.most_refused,
    }
}

/// Follows every entry of the practice; fences never fall. What the entries tell of each workflow,
/// and the calendars that the practice had, the newest first.
fn follow_audit(ended: &Ended, zone: &Zone) -> (BTreeMap<WorkflowId, Told>, Vec<WorkingCalendar>) {
    let mut told: BTreeMap<WorkflowId, Told> = BTreeMap::new();
    let mut calendars: Vec<WorkingCalendar> = Vec::new();
    let mut fence = Fence::default();
    let mut query = EntryQuery::default();
    loop {
        let page = at_once(ended.store.entries(&practice_id(), &query)).unwrap();
        let Some(last) = page.last() else {
            return (told, calendars);
        };
        query.after = Some(last.seq);
        for entry in &page {
            match (&entry.line.event, &entry.line.subject) {
                (Event::Practice(change), _)
                    if calendars.first() != Some(&change.after.calendar) =>
                {
                    calendars.insert(0, change.after.calendar.clone());
                }
                (Event::Workflow(event), Subject::Workflow(id)) => {
                    if let WorkflowEvent::Intended { fence: under, .. } = event {
                        assert!(*under >= fence, "written under {under:?} after {fence:?}");
                        fence = *under;
                    }
                    if let Some(added) = Told::added(event) {
                        assert!(told.insert(*id, added).is_none(), "added twice");
                        continue;
                    }
                    let around = Around {
                        // The one before counts too: a date may have been placed just before.
                        calendars: &calendars[..calendars.len().min(2)],
                        zone,
                        at: entry.line.at,
                        slack: ended.jumped,
                    };
                    let one = told.get_mut(id).expect("it was added");
                    explaining(ended, *id, || {
                        let followed = AssertUnwindSafe(|| one.follow(event, &around));
                        if let Err(fault) = std::panic::catch_unwind(followed) {
                            println!("found at entry {}", entry.seq);
                            std::panic::resume_unwind(fault);
                        }
                    });
                }
                _ => {}
            }
        }
    }
}

/// Every deployment has ended, or waits for a person who was told why; a deployed one has its job
/// as it was meant. Whether it is deployed.
fn check_deployment(ended: &Ended, told: &Told, deployment: &Deployment) -> bool {
    let occurrence = deployment.occurrence();
    assert!(
        told.begun.contains(&occurrence),
        "{occurrence} has no beginning"
    );
    match deployment.phase() {
        Phase::Deployed => {}
        Phase::GivenUp { .. } => return false,
        Phase::Failed => {
            let trouble = deployment.trouble().expect("whoever failed says why");
            // After the practice has cleared up in calm weather, only what was never sent is left,
            // and what only a person can answer.
            let excused = deployment.steps().is_empty() || deployment.untold_template().is_some();
            assert!(
                excused,
                "{occurrence} failed in calm weather: {trouble:?} {deployment:?}"
            );
            return false;
        }
        // It was found since then, and both are shown.
        Phase::Duplicated => return false,
        // It was begun after the practice had cleared up.
        Phase::Held(_) if deployment.deploy_at() > ended.horizon => return false,
        Phase::Running | Phase::Uncertain | Phase::Held(_) => {
            panic!("{occurrence} never ended: {deployment:?}")
        }
    }
    let world = ended.xpm.world();
    let number = &deployment.job().expect("a deployed one has a job").number;
    let held = world.jobs.get(number).expect("its job exists");
    let adopted = told.adopted.contains(&occurrence);
    let bears = held.marker() == Some(deployment.marker().as_str());
    assert!(bears || adopted, "{number} is not the job of {occurrence}");
    // What was sent in a time that was lost was sent under the settings of that time, which may
    // have been changed since; and a copy that somebody made in XPM may be otherwise.
    let lost = ended.lost.iter().any(|lost| lost.touches(held));
    let bearing = world.jobs.all.iter();
    let bearing = bearing.filter(|held| held.marker() == Some(deployment.marker().as_str()));
    if lost || bearing.count() > 1 {
        let once: BTreeSet<_> = held.applied.iter().collect();
        assert_eq!(once.len(), held.applied.len(), "{number}: a template twice");
        return true;
    }
    let settings = told.sent.get(&occurrence);
    let templates: &[TemplateId] = settings.map_or(&[], |settings| &settings.templates);
    let expected = if bears {
        templates
    } else {
        templates.get(1..).unwrap_or_default()
    };
    assert_eq!(
        held.applied, expected,
        "{number}: each template once, in order"
    );
    if let Some(order) = deployment.order() {
        check_team(
            held,
            order.team.partner,
            order.team.manager,
            &order.team.staff,
        );
        assert_eq!(held.job.client, Some(deployment.client()));
        assert!(!bears || held.job.reference == order.create.reference);
        if let Some(own) = order.create.number.as_ref().filter(|_| bears) {
            assert_eq!(held.job.number, *own, "the job of {occurrence}");
        }
    }
    true
}

fn check_team(
    held: &Held,
    partner: Option<StaffId>,
    manager: Option<StaffId>,
    staff: &std::collections::BTreeSet<StaffId>,
) {
    let job = &held.job;
    assert_eq!(
        (job.partner, job.manager),
        (partner, manager),
        "{}",
        job.number
    );
    assert_eq!(job.staff, *staff, "{}", job.number);
}

/// Every date that was due has a job, or one reason, and it is one that there may be.
fn check_dates(
    ended: &Ended,
    handle: &PracticeHandle,
    id: WorkflowId,
    told: &Told,
    at_last: &AtLast<'_>,
) {
    for (occurrence, words) in told.not_begun(at_last) {
        let today = at_last.zone.today(ended.now);
        let of_once = || told.day_of_once(today, at_last);
        let date = occurrence.nominal().unwrap_or_else(of_once);
        let why = at_once(handle.why(id, date)).unwrap();
        let Why::NoJob(reason) = &why else {
            panic!("{occurrence} was never begun, and has a job: {why}");
        };
        if !words.contains(&reason.word()) {
            print_events(ended, id);
            let may_be = words.join(" or ");
            panic!("{occurrence} of {id}: the software says {why}, and it is {may_be:?}");
        }
    }
}

/// Where a check of a workflow fails, what happened to it is printed.
fn explaining<T>(ended: &Ended, id: WorkflowId, check: impl FnOnce() -> T) -> T {
    match std::panic::catch_unwind(AssertUnwindSafe(check)) {
        Ok(checked) => checked,
        Err(fault) => {
            println!("lost by restored backups: {:?}", ended.lost);
            print_events(ended, id);
            std::panic::resume_unwind(fault)
        }
    }
}

/// For whoever looks into a failure: what happened to a workflow.
fn print_events(ended: &Ended, id: WorkflowId) {
    let query = EntryQuery {
        subject: Some(Subject::Workflow(id)),
        ..EntryQuery::default()
    };
    for entry in at_once(ended.store.entries(&practice_id(), &query)).unwrap() {
        let at = entry.line.at.format("%Y-%m-%d %H:%M:%S");
        println!(
            "{:5} {at} {}: {:?}",
            entry.seq, entry.line.actor, entry.line.event
        );
    }
}

/// No marker is on two jobs, unless somebody copied one in XPM, and then a person was told; and none
/// that nobody intended, unless that was lost when a backup was restored, and then it was noted.
fn check_markers(ended: &Ended, deployments: &[Deployment]) {
    let world = ended.xpm.world();
    let sweep = at_once(ended.workflows.practice(practice_id()).sweep_record()).unwrap();
    let strangers = sweep.map_or(Vec::new(), |sweep| sweep.value.strangers);
    let mut seen: BTreeMap<&str, &Held> = BTreeMap::new();
    for held in &world.jobs.all {
        let Some(marker) = held.marker() else {
            continue;
        };
        let of = deployments.iter().find(|of| of.marker().as_str() == marker);
        if held.copied {
            check_copy(ended, held, of, &strangers);
            continue;
        }
        if let Some(first) = seen.insert(marker, held) {
            if let Some(of) = of {
                print_events(ended, of.workflow());
            }
            panic!("made twice: {first:?} and {held:?}");
        }
        let sent = |step: &Step| step.sends > 0;
        let known = of.is_some_and(|of| of.job().is_some() || of.steps().iter().any(sent));
        if known {
            continue;
        }
        let number = &held.job.number;
        let lost = ended.lost.iter().any(|lost| lost.touches(held));
        assert!(lost, "nobody intended {number}: {of:?}");
        let noted = strangers.iter().any(|one| one.job.number == *number);
        assert!(
            noted,
            "{number} was lost, and the sweep noted nothing: {of:?}"
        );
    }
}

/// A copy with a marker is told of, unless its date was given up, or a person chose among them
/// before they were compared.
fn check_copy(ended: &Ended, copy: &Held, of: Option<&Deployment>, strangers: &[Stranger]) {
    let Some(of) = of else { return };
    let of_it = |known: &JobRef| known.number == copy.job.number;
    let told = of.duplicates().iter().any(of_it) || of.job().is_some_and(of_it);
    // Where a backup was restored, before its date came round again.
    let noted = strangers.iter().any(|stranger| of_it(&stranger.job));
    let given_up = matches!(of.phase(), Phase::GivenUp { .. });
    let adopted = StepState::Done { how: How::Adopted };
    let chosen = of.steps().first().is_some_and(|step| step.state == adopted);
    if !(told || noted || given_up || chosen) {
        print_events(ended, of.workflow());
        panic!("nobody was told of a copy: {copy:?} of {of:?}");
    }
}

/// Calls beyond a limit are flagged, and what was called was debited.
fn check_calls(ended: &Ended) {
    let world = ended.xpm.world();
    assert_eq!(world.meter.beyond_at_once, 0, "calls beyond five at a time");
    // What is under way when a minute turns out to be spent is refused, and nothing more.
    let most = u32::try_from(workflow_core::budget::CALLS_AT_ONCE).unwrap_or(u32::MAX);
    assert!(
        world.meter.most_refused <= most,
        "{} calls beyond the limit of one minute or day",
        world.meter.most_refused
    );
    let Some(budget) = at_once(ended.store.budget(&practice_id())).unwrap() else {
        assert!(
            world.calls.is_empty(),
            "calls were made, and none was debited"
        );
        return;
    };
    let restored = ended.lost.iter().map(|lost| lost.restored_at);
    let began = restored.chain([budget.day_began]).max();
    let since = began.unwrap_or(budget.day_began) + ended.jumped;
    let made = world.calls.iter().filter(|at| **at >= since).count();
    let made = u32::try_from(made).unwrap_or(u32::MAX);
    let unspent = budget.day_used >= made;
    assert!(
        unspent,
        "{made} calls were made, and {} debited",
        budget.day_used
    );
    let undisturbed =
        ended.deaths == 0 && ended.lost.is_empty() && ended.setting.weather.others_spend_nothing();
    if undisturbed && ended.jumped.is_zero() && budget.day_began < ended.now {
        // Where XPM's day holds other calls than ours, it told of those.
        let same_day = world.meter.used_today() == made;
        let used = budget.day_used;
        assert!(
            !same_day || used == made,
            "{made} calls were made, and {used} debited"
        );
    }
}

/// Nothing is due, and nobody was busy with it.
fn check_quiet(ended: &Ended) {
    let wakes = at_once(ended.store.wakes(10)).unwrap();
    let due: Vec<_> = wakes.iter().filter(|wake| wake.at <= ended.now).collect();
    assert!(
        due.is_empty(),
        "something is due and nobody does it: {due:?} at {}",
        ended.now
    );
    let looks = 86_400 / ended.setting.look_every.num_seconds() + 1;
    let most = u64::try_from(looks).unwrap_or(0) * 200 + 20_000;
    assert!(
        ended.quiet_polls < most,
        "{} polls in a quiet day",
        ended.quiet_polls
    );
}
