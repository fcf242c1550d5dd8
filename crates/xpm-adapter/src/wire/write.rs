//! Requests as XPM reads them.
//!
//! A text is sent exactly as it is: markup is escaped, and a carriage return is written as a
//! character reference, since a reader would turn it into a newline. Characters that XML 1.0 cannot
//! carry (control characters other than tab and line ends, U+FFFE, U+FFFF) are refused before
//! anything is sent and never dropped: what was agreed is what is sent.

use chrono::NaiveDate;
use uuid::Uuid;
use workflow_core::ids::{JobNumber, TemplateId};
use workflow_core::ports::gateway::{CreateJob, Team};

use super::IllegalText;

/// The body of `job.api/add`.
pub(crate) fn add(job: &CreateJob) -> Result<String, IllegalText> {
    let mut body = Body::new();
    body.text("Name", "job name", &job.name)?;
    body.text("Description", "job description", &job.description)?;
    body.word("ClientUUID", &job.client.to_string());
    body.word("StartDate", &date(job.start));
    body.word("DueDate", &date(job.due));
    if let Some(number) = &job.number {
        body.text("ID", "job number", number.as_str())?;
    }
    if let Some(reference) = &job.reference {
        body.text("ClientNumber", "reference", reference)?;
    }
    if let Some(template) = job.template {
        body.word("TemplateUUID", &template.to_string());
    }
    if let Some(category) = job.category {
        body.word("CategoryUUID", &category.to_string());
    }
    if let Some(budget) = job.budget {
        body.word("Budget", &budget.to_string());
    }
    Ok(body.finish())
}

/// The body of `job.api/applytemplate`: the template's tasks are added, whatever the job has.
pub(crate) fn apply_template(job: &JobNumber, template: TemplateId) -> Result<String, IllegalText> {
    let mut body = Body::new();
    body.text("ID", "job number", job.as_str())?;
    body.word("TemplateUUID", &template.to_string());
    body.word("TaskMode", "AddNew");
    Ok(body.finish())
}

/// The body of `job.api/assign`.
pub(crate) fn assign(job: &JobNumber, team: &Team) -> Result<String, IllegalText> {
    let mut body = Body::new();
    body.text("ID", "job number", job.as_str())?;
    for staff in &team.staff {
        body.person("add", staff.uuid());
    }
    if let Some(manager) = team.manager {
        body.person("add-manager", manager.uuid());
    }
    if let Some(partner) = team.partner {
        body.person("add-partner", partner.uuid());
    }
    Ok(body.finish())
}

/// A date as XPM reads it, in bodies and in queries.
pub(crate) fn date(date: NaiveDate) -> String {
    date.format("%Y%m%d").to_string()
}

/// A `<Job>` being written. Names are ours, so only texts need an escape.
struct Body {
    xml: String,
}

impl Body {
    fn new() -> Self {
        Self {
            xml: "<Job>".to_owned(),
        }
    }

    /// An element with a text that people wrote.
    fn text(
        &mut self,
        name: &'static str,
        field: &'static str,
        text: &str,
    ) -> Result<(), IllegalText> {
        let text = escape(text).map_err(|code| IllegalText { field, code })?;
        self.word(name, &text);
        Ok(())
    }

    /// An element with a word of ours, which needs no escape.
    fn word(&mut self, name: &'static str, word: &str) {
        self.xml += &format!("<{name}>{word}</{name}>");
    }

    fn person(&mut self, operation: &'static str, uuid: Uuid) {
        self.xml += &format!("<{operation} uuid=\"{}\"/>", uuid.hyphenated());
    }

    fn finish(mut self) -> String {
        self.xml += "</Job>";
        self.xml
    }
}

/// Escapes a text, or names the character that XML 1.0 cannot carry.
fn escape(text: &str) -> Result<String, u32> {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(character),
            '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => return Err(u32::from(character)),
            _ => out.push(character),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use workflow_core::ids::{ClientId, StaffId};

    use super::super::parse;
    use super::*;

    fn job(name: &str, description: &str) -> CreateJob {
        CreateJob {
            client: ClientId::new(Uuid::from_u128(1)),
            name: name.to_owned(),
            description: description.to_owned(),
            start: NaiveDate::from_ymd_opt(2026, 7, 1).unwrap(),
            due: NaiveDate::from_ymd_opt(2026, 7, 28).unwrap(),
            reference: None,
            template: None,
            category: None,
            budget: None,
            number: None,
        }
    }

    fn legal(text: &str) -> bool {
        !text.chars().any(|c| {
            (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{FFFE}' | '\u{FFFF}')
        })
    }

    #[test]
    fn what_is_absent_is_left_out() {
        assert_eq!(
            add(&job("A & B", "x")).unwrap(),
            "<Job><Name>A &amp; B</Name><Description>x</Description>\
             <ClientUUID>00000000-0000-0000-0000-000000000001</ClientUUID>\
             <StartDate>20260701</StartDate><DueDate>20260728</DueDate></Job>"
        );
    }

    #[test]
    fn what_is_present_is_named_as_the_add_call_names_it() {
        let job = CreateJob {
            reference: Some("CLI-7".to_owned()),
            template: Some(TemplateId::new(Uuid::from_u128(2))),
            category: Some(workflow_core::ids::CategoryId::new(Uuid::from_u128(3))),
            budget: Some("55.00".parse().unwrap()),
            number: Some("WF-4N3FSY61N3".parse().unwrap()),
            ..job("a", "b")
        };
        assert!(add(&job).unwrap().ends_with(
            "<ID>WF-4N3FSY61N3</ID><ClientNumber>CLI-7</ClientNumber>\
             <TemplateUUID>00000000-0000-0000-0000-000000000002</TemplateUUID>\
             <CategoryUUID>00000000-0000-0000-0000-000000000003</CategoryUUID>\
             <Budget>55.00</Budget></Job>"
        ));
    }

    #[test]
    fn people_are_assigned_by_attribute() {
        let person = |n| StaffId::new(Uuid::from_u128(n));
        let team = Team {
            partner: Some(person(3)),
            manager: Some(person(2)),
            staff: [person(1)].into(),
        };
        let number: JobNumber = "J<1".parse().unwrap();
        assert_eq!(
            assign(&number, &team).unwrap(),
            "<Job><ID>J&lt;1</ID><add uuid=\"00000000-0000-0000-0000-000000000001\"/>\
             <add-manager uuid=\"00000000-0000-0000-0000-000000000002\"/>\
             <add-partner uuid=\"00000000-0000-0000-0000-000000000003\"/></Job>"
        );
    }

    #[test]
    fn tasks_are_always_added() {
        let number: JobNumber = "J1".parse().unwrap();
        assert_eq!(
            apply_template(&number, TemplateId::new(Uuid::from_u128(1))).unwrap(),
            "<Job><ID>J1</ID><TemplateUUID>00000000-0000-0000-0000-000000000001</TemplateUUID>\
             <TaskMode>AddNew</TaskMode></Job>"
        );
    }

    #[test]
    fn what_xml_cannot_carry_is_refused_by_field_and_character() {
        let refused = add(&job("a", "b\u{1}")).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the job description holds the character U+0001, which XML cannot carry"
        );
        assert_eq!(add(&job("\u{FFFF}", "b")).unwrap_err().field, "job name");
    }

    proptest! {
        #[test]
        fn a_request_says_what_was_meant(
            name in "\\PC{0,40}|[<>&;'\"\\]\r\n\t a]{0,40}",
            description in any::<String>(),
        ) {
            match add(&job(&name, &description)) {
                Ok(xml) => {
                    prop_assert!(legal(&name) && legal(&description));
                    let root = parse(xml.as_bytes(), None).unwrap();
                    prop_assert_eq!(root.one("Name").unwrap().unwrap().text(), &name);
                    prop_assert_eq!(root.one("Description").unwrap().unwrap().text(), &description);
                }
                Err(_) => prop_assert!(!legal(&name) || !legal(&description)),
            }
        }

        #[test]
        fn markup_and_line_ends_round_trip(text in "[<>&;'\"\\]\r\n\t a!\\[CDATA-]{0,60}") {
            let xml = add(&job("n", &text)).unwrap();
            let root = parse(xml.as_bytes(), None).unwrap();
            prop_assert_eq!(root.one("Description").unwrap().unwrap().text(), &text);
        }
    }
}
