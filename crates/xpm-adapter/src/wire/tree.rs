//! A small XML tree, read within limits: what a hostile or broken body can cost is bounded.
//!
//! Refused: a document type declaration, entities beyond the five predefined and numeric ones, a
//! character set other than UTF-8, more than [`DEPTH`] levels and more than [`ELEMENTS`] elements.
//! Attributes, comments and processing instructions are left out: no answer keeps data in them.
//!
//! The tree borrows from the body: an element costs 72 bytes, and its text nothing more unless it
//! holds an entity, a carriage return or character data. Reading takes time in proportion to the
//! body, whatever is in it.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

use super::WireError;

/// The deepest answer known has seven levels.
pub(super) const DEPTH: usize = 32;
/// A client's jobs, in full, rarely pass a hundred thousand elements.
pub(super) const ELEMENTS: usize = 2_000_000;

/// One element: its local name, its own text and the elements in it, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element<'b> {
    name: Cow<'b, str>,
    text: Cow<'b, str>,
    children: Vec<Element<'b>>,
}

impl<'b> Element<'b> {
    /// Its local name, without a namespace prefix.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The same without the body that it was read from.
    pub(crate) fn into_owned(self) -> Element<'static> {
        Element {
            name: Cow::Owned(self.name.into_owned()),
            text: Cow::Owned(self.text.into_owned()),
            // No deeper than `DEPTH`.
            children: self.children.into_iter().map(Self::into_owned).collect(),
        }
    }

    /// Its own text, as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The children of one name, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element<'b>> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The one child of a name, or none.
    pub(crate) fn one(&self, name: &'static str) -> Result<Option<&Self>, WireError> {
        let mut found = self.all(name);
        let first = found.next();
        match found.next() {
            Some(_) => Err(WireError::Repeated(name)),
            None => Ok(first),
        }
    }

    /// The trimmed text of the one child of a name, where it has one that is not empty.
    pub(crate) fn word(&self, name: &'static str) -> Result<Option<&str>, WireError> {
        Ok(self
            .one(name)?
            .map(|child| child.text.trim())
            .filter(|text| !text.is_empty()))
    }
}

/// Reads a body. `charset` is that of the `Content-Type` header; it outranks the declaration, as
/// RFC 7303 has it, and a byte order mark outranks both.
pub(crate) fn parse<'b>(body: &'b [u8], charset: Option<&str>) -> Result<Element<'b>, WireError> {
    let (body, marked) = match body.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (body, false),
    };
    if body.starts_with(b"\xFE\xFF") || body.starts_with(b"\xFF\xFE") {
        return Err(WireError::Encoding("UTF-16".to_owned()));
    }
    let outranked = marked || charset.is_some();
    if let Some(charset) = charset.filter(|_| !marked) {
        supported(charset)?;
    }
    let text = std::str::from_utf8(body).map_err(WireError::NotUtf8)?;
    if text.trim_start().starts_with(['{', '[']) {
        return Err(WireError::Json);
    }
    Builder::default().build(text, outranked)
}

/// UTF-8, and ASCII as a part of it.
fn supported(charset: &str) -> Result<(), WireError> {
    let known = ["utf-8", "utf8", "us-ascii"];
    if known.iter().any(|name| charset.eq_ignore_ascii_case(name)) {
        Ok(())
    } else {
        Err(WireError::Encoding(charset.chars().take(40).collect()))
    }
}

#[derive(Default)]
struct Builder<'b> {
    root: Option<Element<'b>>,
    open: Vec<Element<'b>>,
    elements: usize,
}

impl<'b> Builder<'b> {
    fn build(mut self, text: &'b str, encoding_is_known: bool) -> Result<Element<'b>, WireError> {
        let mut reader = Reader::from_str(text);
        loop {
            let at = reader.buffer_position();
            match reader.read_event().map_err(WireError::Syntax)? {
                Event::Start(start) => self.start(named(text, at, &start)?)?,
                Event::Empty(start) => {
                    self.start(named(text, at, &start)?)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(text) => self.text(text.xml10_content())?,
                Event::CData(text) => self.text(text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let known = match reference.resolve_char_ref().map_err(WireError::Syntax)? {
                        Some(character) => self.text(Cow::Owned(character.to_string())),
                        None => match resolve_xml_entity(&reference) {
                            Some(text) => self.text(Cow::Borrowed(text)),
                            None => Err(WireError::Entity(reference.chars().take(40).collect())),
                        },
                    };
                    known?;
                }
                Event::Decl(declaration) => {
                    if !encoding_is_known && let Some(encoding) = declaration.encoding() {
                        let encoding = encoding.map_err(|error| WireError::Syntax(error.into()))?;
                        supported(&encoding)?;
                    }
                }
                Event::DocType(_) => return Err(WireError::Doctype),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if !self.open.is_empty() {
            return Err(WireError::Unfinished);
        }
        self.root.ok_or(WireError::Empty)
    }

    fn start(&mut self, name: &'b str) -> Result<(), WireError> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(WireError::Trailing);
        }
        if self.open.len() == DEPTH {
            return Err(WireError::TooDeep(DEPTH));
        }
        self.elements += 1;
        if self.elements > ELEMENTS {
            return Err(WireError::TooMany(ELEMENTS));
        }
        self.open.push(Element {
            name: Cow::Borrowed(name),
            ..Element::default()
        });
        Ok(())
    }

    /// The reader has checked that the end tag matches a start tag.
    fn end(&mut self) {
        if let Some(mut element) = self.open.pop() {
            // Room for more children is left where there are some; millions of such rooms add up.
            element.children.shrink_to_fit();
            match self.open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => self.root = Some(element),
            }
        }
    }

    fn text(&mut self, text: Cow<'b, str>) -> Result<(), WireError> {
        let blank = || text.trim().is_empty();
        match self.open.last_mut() {
            // White space between elements is layout.
            Some(element) if !element.children.is_empty() && blank() => Ok(()),
            Some(element) if element.text.is_empty() => {
                element.text = text;
                Ok(())
            }
            Some(element) => {
                element.text.to_mut().push_str(&text);
                Ok(())
            }
            None if blank() => Ok(()),
            None if self.root.is_some() => Err(WireError::Trailing),
            None => Err(WireError::Empty),
        }
    }
}

/// The local name of the element whose tag begins at `at`, borrowed from the body: what the event
/// lends lives no longer than the event.
fn named<'b>(body: &'b str, at: u64, start: &BytesStart<'_>) -> Result<&'b str, WireError> {
    let full = start.name().into_inner();
    let local = start.local_name().into_inner().len();
    let name = usize::try_from(at).ok().and_then(|at| {
        let after_prefix = at + 1 + full.len() - local;
        body.get(after_prefix..after_prefix + local)
    });
    name.filter(|name| full.ends_with(name))
        .ok_or(WireError::Empty)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Element<'_>, WireError> {
        parse(text.as_bytes(), Some("utf-8"))
    }

    #[test]
    fn text_keeps_markup_newlines_and_character_data() {
        let root =
            read("<a><b>&lt;&lt;  x &amp; &#233;&#x20AC;\r\n<![CDATA[<y>]]></b></a>").unwrap();
        assert_eq!(root.one("b").unwrap().unwrap().text(), "<<  x & é€\n<y>");
    }

    #[test]
    fn prefixes_comments_and_instructions_are_left_out() {
        let root =
            read("<?xml version=\"1.0\"?><!-- c --><x:a xmlns:x='u'><?p i?><x:b/></x:a> ").unwrap();
        assert_eq!(root.name(), "a");
        assert_eq!(root.all("b").count(), 1);
    }

    #[test]
    fn what_could_expand_or_reach_out_is_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>";
        assert!(matches!(read(bomb), Err(WireError::Doctype)));
        assert!(matches!(read("<a>&b;</a>"), Err(WireError::Entity(name)) if name == "b"));
        assert!(matches!(read("<a>&#0;</a>"), Err(WireError::Syntax(_))));
        // XML 1.0 has no place for it, and one old job that holds it must not hide a client's others.
        assert_eq!(read("<a>&#7;</a>").unwrap().text(), "\u{7}");
        assert!(read("<a>&#99999999999999999999;</a>").is_err());
        assert!(read("<a>&#xD800;</a>").is_err());
    }

    #[test]
    fn json_is_named_as_json() {
        for body in [r#"{"Status":503}"#, "\r\n [1]"] {
            assert!(matches!(read(body), Err(WireError::Json)), "{body}");
        }
    }

    #[test]
    fn an_element_borrows_from_the_body() {
        assert_eq!(std::mem::size_of::<Element<'_>>(), 72);
        let root = read("<p:a x='1'> <b>text</b> <c>a&amp;b</c> </p:a>").unwrap();
        assert_eq!((root.name(), root.text()), ("a", " "));
        let text = |name| &root.one(name).unwrap().unwrap().text;
        assert!(matches!(text("b"), Cow::Borrowed("text")));
        assert!(matches!(text("c"), Cow::Owned(text) if text == "a&b"));
    }

    #[test]
    fn more_elements_than_the_limit_are_refused() {
        let many = "<a>".to_owned() + &"<b/>".repeat(ELEMENTS) + "</a>";
        assert!(matches!(read(&many), Err(WireError::TooMany(ELEMENTS))));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        assert!(read(&nested(DEPTH)).is_ok());
        assert!(matches!(
            read(&nested(DEPTH + 1)),
            Err(WireError::TooDeep(DEPTH))
        ));
    }

    #[test]
    fn an_unfinished_or_continued_body_is_no_answer() {
        assert!(matches!(read("<a><b>"), Err(WireError::Unfinished)));
        assert!(read("<a><b></a>").is_err());
        assert!(matches!(read("<a/><a/>"), Err(WireError::Trailing)));
        assert!(matches!(read("<a/>x"), Err(WireError::Trailing)));
        assert!(matches!(read(""), Err(WireError::Empty)));
        assert!(matches!(read("busy"), Err(WireError::Empty)));
    }

    #[test]
    fn only_utf_8_is_read_and_the_header_outranks_the_declaration() {
        let latin = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a/>";
        assert!(
            matches!(parse(latin, None), Err(WireError::Encoding(name)) if name == "iso-8859-1")
        );
        assert!(matches!(
            parse(b"<a/>", Some("windows-1252")),
            Err(WireError::Encoding(_))
        ));
        assert!(matches!(
            parse(b"\xFF\xFE<\0a\0", None),
            Err(WireError::Encoding(_))
        ));
        assert!(matches!(
            parse(b"<a>\xE9</a>", None),
            Err(WireError::NotUtf8(_))
        ));
        // A string writer's habit: it declares UTF-16 and is sent as UTF-8.
        let mislabelled = b"<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>";
        assert!(parse(mislabelled, Some("UTF-8")).is_ok());
        assert!(parse(b"\xEF\xBB\xBF<a/>", None).is_ok());
    }

    #[test]
    fn a_repeated_scalar_is_an_error_and_an_empty_one_is_no_word() {
        let root = read("<a><b>1</b><b>2</b><c> </c></a>").unwrap();
        assert!(matches!(root.one("b"), Err(WireError::Repeated("b"))));
        assert_eq!(root.word("c").unwrap(), None);
        assert_eq!(root.word("d").unwrap(), None);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = parse(&body, None);
        }

        #[test]
        fn arbitrary_markup_never_panics(body in "[<>/!&;#x\\[\\]\\-?'\"=a-c \n]{0,200}") {
            let _ = parse(body.as_bytes(), None);
        }
    }
}
