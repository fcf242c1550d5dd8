//! The sample practice: one workflow for each line of the table of states, and some history.

use workflow_core::ids::{CategoryId, ClientId, WorkflowId};
use workflow_core::practice::Link;
use workflow_core::proposal::{InvoiceGrouping, Proposal, ProposalState};
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{NewWorkflow, PracticeHandle};
use workflow_core::text::Reason;
use workflow_core::timing::{
    DueBasis, DueDay, DueRule, Lead, LeadDays, PeriodRule, PeriodSpan, PeriodWhich, Roll, Timing,
};
use workflow_core::workflow::{MissedRuns, Occurrence};

use super::world::{World, date, mara, proposal, template, uuid_of};

/// The sample at Monday 23 November 2026, 09:30 in Sydney.
#[derive(Debug)]
pub struct Sample {
    pub world: World,
    pub practice: PracticeHandle,
    /// The client with a workflow in every state.
    pub harbour: ClientId,
    /// A client without workflows.
    pub empty: ClientId,
    pub bas: WorkflowId,
    pub failed: WorkflowId,
    pub held: WorkflowId,
    pub uncertain: WorkflowId,
    pub by_hand: WorkflowId,
    pub on_date: WorkflowId,
    pub paused: WorkflowId,
    pub awaiting: WorkflowId,
    pub completed: WorkflowId,
    pub given_up: WorkflowId,
    pub ended: WorkflowId,
    pub closed: WorkflowId,
    pub archived: WorkflowId,
    pub monthly: WorkflowId,
}

fn reason(text: &str) -> Reason {
    Reason::new(text).expect("a reason")
}

impl Sample {
    pub async fn new() -> Self {
        let world = World::at("2026-03-01T20:00:00Z");
        let practice = world.practice("acme", "Acme Accounting").await;
        let harbour = world.client(&practice, 1, "Harbour Café Pty Ltd").await;
        let empty = world.client(&practice, 2, "Blue Gum Nursery").await;
        for (number, name) in [
            (3, "Coastline Dental Group"),
            (4, "Dunmore & Daughters Joinery"),
            (5, "Eastgate Veterinary Hospital"),
            (6, "Fern Street Physiotherapy"),
        ] {
            let client = world.client(&practice, number, name).await;
            let new = NewWorkflow::named("BAS {quarter}")
                .client(client)
                .recurring(
                    Recurrence::quarterly()
                        .last_business_day()
                        .from(date("2026-03-31")),
                );
            practice.add(mara(), new).await.expect("added");
        }
        for (id, name, state) in [
            ("P-1", "Annual accounts 2026", ProposalState::Sent),
            ("P-2", "Onboarding", ProposalState::Sent),
            ("P-3", "Advisory retainer", ProposalState::Sent),
        ] {
            let mut proposal = proposal(id, name, harbour, state);
            if id == "P-2" {
                proposal.grouping = InvoiceGrouping::Client;
            }
            practice
                .put_proposal(mara(), proposal)
                .await
                .expect("a proposal");
        }
        let add = async |new: NewWorkflow| {
            let added = practice.add(mara(), new.client(harbour)).await;
            added.expect("added").value
        };
        let bas = add(bas()).await;
        let monthly = add(NewWorkflow::named("Bookkeeping {month}")
            .description("Bank feeds, payables and the month’s close for {client}.")
            .templates([template(3)])
            .recurring(Recurrence::monthly().last_day().from(date("2026-08-31")))
            .timing(Timing {
                roll: Roll::Earlier,
                ..Timing::default()
            }))
        .await;
        let failed = add(NewWorkflow::named("Payroll tax {month}")
            .recurring(Recurrence::monthly().on_day(7).from(date("2026-11-07"))))
        .await;
        let held = add(NewWorkflow::named("Superannuation {quarter}")
            .missed_runs(MissedRuns::Hold)
            .recurring(Recurrence::quarterly().from(date("2026-10-28"))))
        .await;
        let uncertain = add(NewWorkflow::named("ASIC review").on_date(date("2026-11-23"))).await;
        let by_hand = add(NewWorkflow::named("Loan application support")).await;
        let on_date = add(NewWorkflow::named("Tax return {financial_year}")
            .templates([template(4), template(1)])
            .on_date(date("2027-02-15")))
        .await;
        let paused = add(NewWorkflow::named("Management reports {month}")
            .recurring(Recurrence::monthly().on_day(10).from(date("2026-09-10"))))
        .await;
        let awaiting = add(NewWorkflow::named("{service} 2026")
            .service("P-1".parse().expect("an id"), "S-1".parse().expect("an id"))
            .on_acceptance())
        .await;
        let completed = add(NewWorkflow::named("Onboarding")
            .proposal("P-2".parse().expect("an id"))
            .on_acceptance())
        .await;
        let given_up = add(NewWorkflow::named("Grant application")).await;
        let ended = add(NewWorkflow::named("Catch-up bookkeeping {month}")
            .recurring(Recurrence::monthly().from(date("2026-04-15")).times(3)))
        .await;
        let closed = add(NewWorkflow::named("Advisory meeting {quarter}")
            .proposal("P-3".parse().expect("an id"))
            .recurring(Recurrence::quarterly().from(date("2026-06-30"))))
        .await;
        let archived = add(NewWorkflow::named("Fringe benefits tax {year}")
            .recurring(Recurrence::yearly().from(date("2026-05-21"))))
        .await;
        let accepted =
            practice.accept_proposal(mara(), "P-2".parse().expect("an id"), date("2026-03-20"));
        accepted.await.expect("accepted");
        let declined = Proposal {
            state: ProposalState::Declined,
            ..proposal("P-3", "Advisory retainer", harbour, ProposalState::Sent)
        };
        practice
            .put_proposal(mara(), declined)
            .await
            .expect("declined");
        world.run(&practice).await;
        world.run_until(&practice, "2026-09-15T22:30:00Z").await;
        practice
            .pause(
                mara(),
                paused,
                Some(date("2027-02-01")),
                reason("The client is between bookkeepers"),
            )
            .await
            .expect("paused");
        practice
            .skip(
                mara(),
                given_up,
                Occurrence::Once,
                reason("The grant round was withdrawn"),
            )
            .await
            .expect("skipped");
        practice.archive(mara(), archived).await.expect("archived");
        world.run_until(&practice, "2026-10-26T22:30:00Z").await;
        // Nothing runs for a week, so the quarter's superannuation is missed and held.
        world.clock.advance(chrono::TimeDelta::days(7));
        world.run(&practice).await;
        world.run_until(&practice, "2026-11-22T22:30:00Z").await;
        practice
            .skip(
                mara(),
                monthly,
                Occurrence::On(date("2026-12-31")),
                reason("The client closes over Christmas"),
            )
            .await
            .expect("skipped");
        practice
            .move_to(
                mara(),
                bas,
                Occurrence::On(date("2026-12-31")),
                date("2027-01-11"),
            )
            .await
            .expect("moved");
        Self {
            world,
            practice,
            harbour,
            empty,
            bas,
            failed,
            held,
            uncertain,
            by_hand,
            on_date,
            paused,
            awaiting,
            completed,
            given_up,
            ended,
            closed,
            archived,
            monthly,
        }
    }

    /// The same without a connection to XPM.
    pub async fn disconnected() -> Self {
        let sample = Self::new().await;
        sample
            .practice
            .set_link(mara(), Link::NotConnected)
            .await
            .expect("noted");
        sample
    }
}

fn bas() -> NewWorkflow {
    NewWorkflow::named("BAS {quarter}")
        .description("Business activity statement of {client} for {quarter:long}.\nDue with the ATO on {due}.")
        .category(CategoryId::new(uuid_of(3, 2)))
        .budget("1250".parse().expect("an amount"))
        .partner("person-1".parse().expect("an id"))
        .manager("person-2".parse().expect("an id"))
        .staff([
            "person-3".parse().expect("an id"),
            "person-2".parse().expect("an id"),
        ])
        .templates([template(2), template(3)])
        .billing(workflow_core::billing::BillingLevel::Client)
        .recurring(Recurrence::quarterly().last_business_day().from(date("2026-03-31")))
        .timing(Timing {
            roll: Roll::Later,
            lead: Lead::Days(LeadDays::new(7).expect("a lead")),
            due: DueRule {
                basis: DueBasis::DayOfMonth {
                    months_after: 1,
                    day: DueDay::new(28).expect("a day"),
                },
                roll: Roll::Later,
            },
            period: PeriodRule {
                span: PeriodSpan::Quarter,
                which: PeriodWhich::Current,
            },
        })
}
