//! Jobs as XPM writes them: one in an answer, or many.
//!
//! What decides anything is read strictly: the number, the UUID, the description and the tasks. An
//! answer in which one of these is malformed or given twice is no answer. What is only shown (dates,
//! people, the client) is read where it can be and otherwise left out, so that one odd old row does
//! not hide a client's other jobs from a look-up for ever.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use uuid::Uuid;
use workflow_core::ids::{ClientId, JobId, JobNumber, StaffId};
use workflow_core::ports::gateway::{Job, JobList};

use super::{Element, WireError};

/// The one job of an answer.
pub(crate) fn job(root: &Element<'_>) -> Result<Job, WireError> {
    read(root.one("Job")?.ok_or(WireError::Missing("Job"))?)
}

/// The one job of an answer to a write to the job of that number: any other was mixed up on its way.
pub(crate) fn job_of_number(root: &Element<'_>, number: &JobNumber) -> Result<Job, WireError> {
    let found = job(root)?;
    if found.number.as_str().eq_ignore_ascii_case(number.as_str()) {
        return Ok(found);
    }
    Err(WireError::Invalid {
        field: "job ID",
        reason: "is that of another job",
    })
}

/// The jobs of an answer, in the order given.
pub(crate) fn jobs(root: &Element<'_>) -> Result<JobList, WireError> {
    let list = root.one("Jobs")?.ok_or(WireError::Missing("Jobs"))?;
    let jobs = list.all("Job").map(read).collect::<Result<_, _>>()?;
    Ok(JobList { jobs })
}

fn read(job: &Element<'_>) -> Result<Job, WireError> {
    let number = job.word("ID")?.ok_or(WireError::Missing("job ID"))?;
    let number: JobNumber = number.parse().map_err(|_| WireError::Invalid {
        field: "job ID",
        reason: "is not a job number",
    })?;
    let id = job.word("UUID")?.ok_or(WireError::Missing("job UUID"))?;
    let id = Uuid::try_parse(id).map_err(|_| WireError::Invalid {
        field: "job UUID",
        reason: "is not a UUID",
    })?;
    let text = |name| Ok::<_, WireError>(job.one(name)?.map(|child| child.text().to_owned()));
    Ok(Job {
        number,
        id: JobId::new(id),
        name: text("Name")?.unwrap_or_default(),
        description: text("Description")?,
        client: person(job, "Client").map(ClientId::new),
        reference: job.word("ClientOrderNumber")?.map(str::to_owned),
        state: job.word("State")?.unwrap_or_default().to_owned(),
        start: job.word("StartDate")?.and_then(date),
        due: job.word("DueDate")?.and_then(date),
        partner: person(job, "Partner").map(StaffId::new),
        manager: person(job, "Manager").map(StaffId::new),
        staff: assigned(job),
        tasks: job.one("Tasks")?.map(tasks).transpose()?,
    })
}

fn uuid_of(element: &Element<'_>) -> Option<Uuid> {
    let text = element.word("UUID").ok().flatten()?;
    Uuid::try_parse(text).ok()
}

fn person(job: &Element<'_>, name: &'static str) -> Option<Uuid> {
    job.one(name).ok().flatten().and_then(uuid_of)
}

fn assigned(job: &Element<'_>) -> BTreeSet<StaffId> {
    job.all("Assigned")
        .flat_map(|assigned| assigned.all("Staff"))
        .filter_map(uuid_of)
        .map(StaffId::new)
        .collect()
}

fn tasks(tasks: &Element<'_>) -> Result<Vec<String>, WireError> {
    tasks
        .all("Task")
        .map(|task| Ok(task.word("Name")?.unwrap_or_default().to_owned()))
        .collect()
}

/// A civil date as XPM writes it: `2009-10-23T00:00:00`, with or without the time, an offset or a
/// fraction, or `20091023`. The date is taken as written, whatever the offset. The least date of
/// .NET, `0001-01-01`, means that there is none.
fn date(text: &str) -> Option<NaiveDate> {
    let day = text.split(['T', ' ']).next()?;
    let day = day.strip_suffix('Z').unwrap_or(day);
    let digits = match day.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => day.replace('-', ""),
        [_, _, _, _, _, _, _, _] => day.to_owned(),
        _ => return None,
    };
    if digits.len() != 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let year = digits[..4].parse().ok()?;
    let date = NaiveDate::from_ymd_opt(year, digits[4..6].parse().ok()?, digits[6..].parse().ok()?);
    let least = NaiveDate::from_ymd_opt(1, 1, 1)?;
    date.filter(|date| *date > least)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse;
    use super::*;

    /// The answer of `job.api/add` as recorded, with the UUIDs of version 3.1.
    const ADDED: &str = r#"<Response api-method="Add"><Status>OK</Status><Job><ID>J000031</ID><UUID>8f3e8f4e-6f5b-4f0b-9f3e-8f4e6f5b4f0b</UUID><Name>Joe &amp; Bloggs</Name><Description>New
Job</Description><Client><UUID>dea92ac7-0000-4000-8000-000000000001</UUID><Name>ABC Co</Name></Client><ClientOrderNumber></ClientOrderNumber><State>Planned</State><StartDate>2009-10-23T00:00:00</StartDate><DueDate>2009-10-28T00:00:00</DueDate><InternalID>44385850</InternalID><Manager><UUID>00000000-0000-4000-8000-00000000000a</UUID><Name>M</Name></Manager><Assigned><Staff><UUID>00000000-0000-4000-8000-00000000000b</UUID><Name>S</Name></Staff></Assigned><Tasks><Task><UUID>00000000-0000-4000-8000-00000000000c</UUID><Name>Draft</Name></Task></Tasks><Milestones /><Notes /></Job></Response>"#;

    fn root(text: &str) -> Element<'_> {
        parse(text.as_bytes(), None).unwrap()
    }

    #[test]
    fn the_recorded_answer_is_read_in_full() {
        let job = job(&root(ADDED)).unwrap();
        assert_eq!(job.number.as_str(), "J000031");
        assert_eq!(job.name, "Joe & Bloggs");
        assert_eq!(job.description.as_deref(), Some("New\nJob"));
        assert_eq!(job.reference, None);
        assert_eq!(job.state, "Planned");
        assert_eq!(job.start, NaiveDate::from_ymd_opt(2009, 10, 23));
        assert_eq!(job.due, NaiveDate::from_ymd_opt(2009, 10, 28));
        assert_eq!(job.partner, None);
        assert!(job.manager.is_some());
        assert_eq!(job.staff.len(), 1);
        assert_eq!(job.tasks.as_deref(), Some(&["Draft".to_owned()][..]));
    }

    #[test]
    fn a_summary_row_lacks_its_description_and_tasks() {
        let list = root(
            "<Response><Status>OK</Status><Jobs><Job><UUID>8f3e8f4e-6f5b-4f0b-9f3e-8f4e6f5b4f0b</UUID>\
             <Name>x</Name><ID>J1</ID></Job></Jobs></Response>",
        );
        let list = jobs(&list).unwrap();
        assert_eq!(list.jobs.len(), 1);
        assert_eq!(list.jobs[0].tasks, None);
        assert!(!list.is_complete());
    }

    #[test]
    fn an_empty_list_is_complete_and_a_missing_one_is_no_answer() {
        assert!(
            jobs(&root("<Response><Jobs /></Response>"))
                .unwrap()
                .is_complete()
        );
        assert!(matches!(
            jobs(&root("<Response/>")),
            Err(WireError::Missing("Jobs"))
        ));
    }

    #[test]
    fn a_job_without_number_or_uuid_is_no_answer() {
        for (from, to) in [
            ("<ID>J000031</ID>", ""),
            ("<ID>J000031</ID>", "<ID></ID>"),
            ("<ID>J000031</ID>", "<ID>J1</ID><ID>J2</ID>"),
            ("<UUID>8f3e8f4e-6f5b-4f0b-9f3e-8f4e6f5b4f0b</UUID>", ""),
            (
                "<UUID>8f3e8f4e-6f5b-4f0b-9f3e-8f4e6f5b4f0b</UUID>",
                "<UUID>17</UUID>",
            ),
        ] {
            let text = ADDED.replacen(from, to, 1);
            assert_ne!(text, ADDED);
            assert!(job(&root(&text)).is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn dates_in_odd_forms_are_read_or_left_out() {
        let day = NaiveDate::from_ymd_opt(2026, 2, 28);
        for text in [
            "2026-02-28T00:00:00",
            "2026-02-28",
            "20260228",
            "2026-02-28T23:59:59.123+13:00",
            "2026-02-28Z",
            "2026-02-28 00:00",
            "2026-02-28T12:00:00Z",
            "2026-02-28T00:00:00-11:00",
            "20260228T000000",
        ] {
            assert_eq!(date(text), day, "{text}");
        }
        for text in [
            "",
            "0001-01-01T00:00:00",
            "2026-02-30",
            "28/02/2026",
            "00010101",
            "2026-2-8",
            "+12026-02-28",
            "２０２６-02-28",
            "2026-0228",
            "/Date(1772236800000)/",
            "soon",
            "T",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_mutated_answer_never_panics(at in 0..ADDED.len(), byte in any::<u8>(), cut in 0..ADDED.len()) {
            let mut body = ADDED.as_bytes().to_vec();
            body[at] = byte;
            for body in [&body[..], &body[..cut]] {
                if let Ok(root) = parse(body, None) {
                    let _ = job(&root);
                    let _ = jobs(&root);
                }
            }
        }

        #[test]
        fn a_cut_answer_is_never_an_answer(cut in 0..ADDED.len()) {
            prop_assert!(parse(&ADDED.as_bytes()[..cut], None).is_err());
        }

        #[test]
        fn any_text_as_a_date_never_panics(text in any::<String>()) {
            let _ = date(&text);
        }
    }
}
