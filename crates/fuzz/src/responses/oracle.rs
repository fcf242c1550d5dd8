//! What an answer says, read in another way than the adapter reads it: along the path of open
//! elements, without a tree.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;

/// What an envelope says, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Whether the whole body was read as XML with one root named `Response`.
    pub(super) whole: bool,
    /// The texts of `Response/Status`, trimmed.
    pub(super) statuses: Vec<String>,
    /// The texts of `Response/Job/ID`.
    pub(super) numbers: Vec<String>,
    /// The texts of `Response/Job/UUID`.
    pub(super) uuids: Vec<String>,
    /// How many `Response/Job` there are.
    pub(super) jobs: usize,
    /// How many `Response/Jobs/Job` there are.
    pub(super) listed: usize,
    /// How many `Response/Jobs/Job/Description` there are.
    pub(super) descriptions: usize,
    /// The texts of `Response/ErrorDescription`.
    pub(super) reasons: Vec<String>,
}

impl Said {
    /// Whether it says OK, or shows a job: then what was asked for may have been carried out.
    pub(super) fn may_be_done(&self) -> bool {
        let ok = |status: &String| status.eq_ignore_ascii_case("OK");
        self.whole && (self.statuses.iter().any(ok) || self.jobs > 0)
    }

    /// Whether it is a refusal: one status, which is ERROR.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.statuses.as_slice(), [one] if one.eq_ignore_ascii_case("ERROR"))
    }
}

/// Reads a body; as much as could be read where it breaks off.
pub(super) fn read(body: &[u8]) -> Said {
    let mut said = Said::default();
    let Ok(text) = std::str::from_utf8(body) else {
        return said;
    };
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    let (mut path, mut texts, mut roots): (Vec<String>, Vec<String>, usize) =
        (Vec::new(), Vec::new(), 0);
    loop {
        let event = match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => event,
            Err(_) => return said,
        };
        let mut words = String::new();
        match event {
            Event::Start(start) => {
                path.push(start.local_name().into_inner().to_owned());
                texts.push(String::new());
                begun(&mut said, &path, &mut roots);
                continue;
            }
            Event::Empty(start) => {
                path.push(start.local_name().into_inner().to_owned());
                begun(&mut said, &path, &mut roots);
                ended(&mut said, &path, String::new());
                path.pop();
                continue;
            }
            Event::End(_) => {
                let text = texts.pop().unwrap_or_default();
                ended(&mut said, &path, text);
                path.pop();
                continue;
            }
            Event::Text(text) => words += &text.xml10_content(),
            Event::CData(text) => words += &text.xml10_content(),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => words.push(character),
                Ok(None) => match resolve_xml_entity(&reference) {
                    Some(text) => words += text,
                    None => return said,
                },
                Err(_) => return said,
            },
            _ => continue,
        }
        match texts.last_mut() {
            Some(text) => *text += &words,
            None if words.trim().is_empty() => {}
            None => return said,
        }
    }
    said.whole = path.is_empty() && roots == 1;
    said
}

fn begun(said: &mut Said, path: &[String], roots: &mut usize) {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["Response"] => *roots += 1,
        // Another root, or a second one.
        [_] => *roots += 2,
        ["Response", "Job"] => said.jobs += 1,
        ["Response", "Jobs", "Job"] => said.listed += 1,
        ["Response", "Jobs", "Job", "Description"] => said.descriptions += 1,
        _ => {}
    }
}

fn ended(said: &mut Said, path: &[String], text: String) {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let trimmed = || text.trim().to_owned();
    match path.as_slice() {
        ["Response", "Status"] => said.statuses.push(trimmed()),
        ["Response", "Job", "ID"] => said.numbers.push(trimmed()),
        ["Response", "Job", "UUID"] => said.uuids.push(trimmed()),
        ["Response", "ErrorDescription"] => said.reasons.push(text),
        _ => {}
    }
}
