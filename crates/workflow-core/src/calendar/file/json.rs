//! One JSON object with two texts. The core needs no more of JSON than this, and no crate for it.

use std::iter::Peekable;
use std::str::Chars;

/// A line of JSON lines.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) date: String,
    pub(super) name: String,
}

/// Reads `{"date": "…", "name": "…"}`, the two in either order.
pub(super) fn holiday(line: &str) -> Result<Line, String> {
    let mut chars = line.chars().peekable();
    let mut date = None;
    let mut name = None;
    expect(&mut chars, '{')?;
    loop {
        let key = text(&mut chars)?;
        expect(&mut chars, ':')?;
        let value = text(&mut chars)?;
        let field = match key.as_str() {
            "date" => &mut date,
            "name" => &mut name,
            _ => {
                let key: String = key.chars().take(40).collect();
                return Err(format!("there is no field {key:?}, only date and name"));
            }
        };
        if field.replace(value).is_some() {
            return Err(format!("{key} is given twice"));
        }
        blanks(&mut chars);
        match chars.next() {
            Some(',') => {}
            Some('}') => break,
            _ => return Err("must be a JSON object, such as {\"date\": \"2026-12-25\", \"name\": \"Christmas Day\"}".to_owned()),
        }
    }
    blanks(&mut chars);
    if chars.next().is_some() {
        return Err("has something after its object; one object stands on each line".to_owned());
    }
    let missing = |what| format!("has no {what}");
    Ok(Line {
        date: date.ok_or_else(|| missing("date"))?,
        name: name.ok_or_else(|| missing("name"))?,
    })
}

fn blanks(chars: &mut Peekable<Chars<'_>>) {
    while chars
        .next_if(|char| matches!(char, ' ' | '\t' | '\r'))
        .is_some()
    {}
}

fn expect(chars: &mut Peekable<Chars<'_>>, wanted: char) -> Result<(), String> {
    blanks(chars);
    match chars.next() {
        Some(found) if found == wanted => Ok(()),
        _ => Err("must be a JSON object, such as {\"date\": \"2026-12-25\", \"name\": \"Christmas Day\"}".to_owned()),
    }
}

/// A JSON string.
fn text(chars: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    expect(chars, '"')?;
    let not_closed = || "a text is not closed".to_owned();
    let mut text = String::new();
    loop {
        match chars.next().ok_or_else(not_closed)? {
            '"' => return Ok(text),
            '\\' => text.push(escaped(chars)?),
            control if u32::from(control) < 0x20 => {
                return Err("a text holds a control character without its escape".to_owned());
            }
            char => text.push(char),
        }
    }
}

fn escaped(chars: &mut Peekable<Chars<'_>>) -> Result<char, String> {
    let refused = || "a text holds an escape that JSON does not know".to_owned();
    Ok(match chars.next().ok_or_else(refused)? {
        char @ ('"' | '\\' | '/') => char,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let high = hex(chars)?;
            let units = if (0xd800..0xdc00).contains(&high) {
                // The first half of a character beyond the first 65,536.
                if chars.next() != Some('\\') || chars.next() != Some('u') {
                    return Err(refused());
                }
                vec![high, hex(chars)?]
            } else {
                vec![high]
            };
            match char::decode_utf16(units).collect::<Result<Vec<_>, _>>() {
                Ok(chars) if chars.len() == 1 => chars[0],
                _ => return Err(refused()),
            }
        }
        _ => return Err(refused()),
    })
}

fn hex(chars: &mut Peekable<Chars<'_>>) -> Result<u16, String> {
    let mut unit = 0_u16;
    for _ in 0..4 {
        let digit = chars.next().and_then(|char| char.to_digit(16));
        let digit = digit.and_then(|digit| u16::try_from(digit).ok());
        let digit = digit.ok_or("a text holds an escape that JSON does not know")?;
        unit = unit << 4 | digit;
    }
    Ok(unit)
}
