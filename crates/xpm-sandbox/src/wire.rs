//! XML in and out: a small tree that is read by element name and written as XPM writes it.

use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use thiserror::Error;

/// How deep a request may nest; XPM's own requests need four levels.
const MAX_DEPTH: usize = 16;

/// Why a request body is not the XML that was expected.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum XmlError {
    /// The parser stopped.
    #[error("malformed XML: {0}")]
    Malformed(String),
    /// Nothing but white space and declarations.
    #[error("no root element")]
    Empty,
    /// Deeper than [`MAX_DEPTH`].
    #[error("elements nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// A character that XML 1.0 has no place for.
    #[error("character U+{0:04X} is not allowed in XML")]
    Character(u32),
}

/// An element of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    /// The text of the first child of that name, if it says anything.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        let child = self.children.iter().find(|child| child.name == name)?;
        (!child.text.trim().is_empty()).then_some(child.text.as_str())
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Parses a request body.
pub(crate) fn parse(body: &str) -> Result<Element, XmlError> {
    let mut reader = Reader::from_str(body);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Start(start) => {
                if open.len() == MAX_DEPTH {
                    return Err(XmlError::TooDeep);
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => close(element(&start)?, &mut open, &mut root)?,
            Event::End(_) => {
                // The reader has checked that the end tag matches a start tag.
                let done = open.pop().ok_or(XmlError::Empty)?;
                close(done, &mut open, &mut root)?;
            }
            Event::Text(text) => append(&text, &mut open)?,
            Event::CData(text) => append(&text, &mut open)?,
            Event::GeneralRef(reference) => append(&resolve(&reference)?, &mut open)?,
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::DocType(_) => return Err(XmlError::Malformed("a DTD is not accepted".into())),
        }
    }
    match open.pop() {
        Some(unclosed) => Err(XmlError::Malformed(format!(
            "<{}> is not closed",
            unclosed.name
        ))),
        None => root.ok_or(XmlError::Empty),
    }
}

fn malformed(error: impl std::fmt::Display) -> XmlError {
    XmlError::Malformed(error.to_string())
}

fn element(start: &BytesStart<'_>) -> Result<Element, XmlError> {
    let mut found = Element {
        name: start.name().as_ref().to_owned(),
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(malformed)?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(malformed)?;
        found
            .attributes
            .push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(found)
}

fn close(done: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), XmlError> {
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None if root.is_none() => *root = Some(done),
        None => return Err(XmlError::Malformed("more than one root element".into())),
    }
    Ok(())
}

fn append(text: &str, open: &mut [Element]) -> Result<(), XmlError> {
    if let Some(bad) = text.chars().find(|&c| !is_xml_char(c)) {
        return Err(XmlError::Character(bad.into()));
    }
    match open.last_mut() {
        Some(parent) => parent.text.push_str(text),
        None if text
            .trim_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
            .is_empty() => {}
        None => return Err(XmlError::Malformed("text outside the root element".into())),
    }
    Ok(())
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, XmlError> {
    if let Some(c) = reference.resolve_char_ref().map_err(malformed)? {
        return Ok(c.to_string());
    }
    resolve_predefined_entity(reference)
        .map(str::to_owned)
        .ok_or_else(|| XmlError::Malformed(format!("unknown entity &{};", &**reference)))
}

const fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{1_0000}'..)
}

/// An element of a reply.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// A scalar; empty it is written `<Name></Name>`.
    Text(&'static str, String),
    /// A container; empty it is written `<Name />`.
    List(&'static str, Vec<Node>),
}

impl Node {
    pub(crate) fn text(name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        Self::Text(name, value.to_string())
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Text(name, value) => {
                open_tag(out, name);
                out.push_str(&escape_text(value));
                close_tag(out, name);
            }
            Self::List(name, children) if children.is_empty() => {
                out.push('<');
                out.push_str(name);
                out.push_str(" />");
            }
            Self::List(name, children) => {
                open_tag(out, name);
                children.iter().for_each(|child| child.write(out));
                close_tag(out, name);
            }
        }
    }
}

fn open_tag(out: &mut String, name: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
}

fn close_tag(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// A bare carriage return would be read back as a line feed, so it goes as a reference.
fn escape_text(value: &str) -> String {
    escape(value).replace('\r', "&#13;")
}

/// The envelope of success.
pub(crate) fn ok(method: &str, content: &[Node]) -> String {
    let mut out = format!("<Response api-method=\"{method}\"><Status>OK</Status>");
    content.iter().for_each(|node| node.write(&mut out));
    out.push_str("</Response>");
    out
}

/// The content alone.
pub(crate) fn bare(content: &[Node]) -> String {
    let mut out = String::new();
    content.iter().for_each(|node| node.write(&mut out));
    out
}

/// The envelope of failure.
pub(crate) fn error(method: &str, description: &str) -> String {
    let mut out = format!("<Response api-method=\"{method}\"><Status>ERROR</Status>");
    Node::text("ErrorDescription", &description).write(&mut out);
    out.push_str("</Response>");
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn empty_scalars_and_empty_lists_are_written_differently() {
        let body = ok(
            "List",
            &[Node::text("Address", ""), Node::List("Assigned", vec![])],
        );
        assert_eq!(
            body,
            "<Response api-method=\"List\"><Status>OK</Status><Address></Address><Assigned /></Response>"
        );
    }

    #[test]
    fn entities_cdata_and_references_are_read() {
        let root = parse(
            "<?xml version=\"1.0\"?><Job><Name>a &amp; b &#x101; <![CDATA[<c>]]></Name><x y=\"1 &lt; 2\"/></Job>",
        )
        .unwrap();
        assert_eq!(root.text_of("Name"), Some("a & b \u{101} <c>"));
        assert_eq!(root.children[1].attribute("y"), Some("1 < 2"));
    }

    #[test]
    fn what_is_not_one_element_is_refused() {
        for bad in [
            "",
            "  ",
            "text",
            "<Job>",
            "<Job></Jib>",
            "<a/><b/>",
            "<a>&nope;</a>",
            "<a>&#1;</a>",
            "<a>\u{1}</a>",
            "<!DOCTYPE a><a/>",
        ] {
            assert!(parse(bad).is_err(), "{bad:?} was accepted");
        }
        let deep = format!("{}{}", "<a>".repeat(17), "</a>".repeat(17));
        assert_eq!(parse(&deep), Err(XmlError::TooDeep));
    }

    proptest! {
        #[test]
        fn text_survives_the_round_trip(text in "[\\PC\\n\\r\\t]{1,40}") {
            prop_assume!(text.chars().all(is_xml_char) && !text.trim().is_empty());
            let root = parse(&ok("Add", &[Node::text("Name", &text)])).unwrap();
            prop_assert_eq!(root.text_of("Name"), Some(text.as_str()));
        }

        #[test]
        fn no_input_makes_the_parser_panic(body in "[<>/a-c&;#\"= !\\[\\]-]{0,60}") {
            let _ = parse(&body);
        }
    }
}
