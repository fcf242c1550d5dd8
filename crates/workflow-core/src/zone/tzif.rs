//! The TZif file format (RFC 9636): zone data are bytes from outside, and are read as such.

use super::posix::Footer;
use super::table::Changes;

/// Why zone data cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneError {
    /// The bytes do not begin as a TZif file does.
    #[error("zone data: not a TZif file")]
    NotTzif,
    /// The bytes end before what their header announces.
    #[error("zone data: the file is cut short")]
    CutShort,
    /// The data count leap seconds, as the files under `right/` do; civil time does not.
    #[error("zone data: the file counts leap seconds; take the file that does not")]
    LeapSeconds,
    /// A change of offset that cannot be meant.
    #[error("zone data: change {position} of the offset is {reason}")]
    BadChange {
        /// Which change, counted from 0.
        position: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The rule for the years after the last listed change cannot be read.
    #[error("zone data: the footer {footer:?} is not a POSIX TZ rule")]
    BadFooter {
        /// The footer found.
        footer: String,
    },
}

/// The last second of the year 9999: nothing later is ever asked for.
const LATEST: i64 = 253_402_300_799;
/// RFC 9636 lets offsets run from -24:59:59 to 25:59:59.
const OFFSETS: std::ops::RangeInclusive<i32> = -89_999..=93_599;

struct Header {
    version: u8,
    is_ut: usize,
    is_standard: usize,
    leaps: usize,
    times: usize,
    types: usize,
    chars: usize,
}

impl Header {
    fn body(&self, time_bytes: usize) -> Option<usize> {
        [
            self.times.checked_mul(time_bytes + 1)?,
            self.types.checked_mul(6)?,
            self.chars,
            self.leaps.checked_mul(time_bytes + 4)?,
            self.is_standard,
            self.is_ut,
        ]
        .into_iter()
        .try_fold(0_usize, usize::checked_add)
    }
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ZoneError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(ZoneError::CutShort)?;
        self.0 = rest;
        Ok(taken)
    }

    fn header(&mut self) -> Result<Header, ZoneError> {
        let bytes = self.take(44)?;
        if !bytes.starts_with(b"TZif") {
            return Err(ZoneError::NotTzif);
        }
        let count = |n: usize| {
            let at = 20 + 4 * n;
            let word = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            u32::from_be_bytes(word) as usize
        };
        Ok(Header {
            version: bytes[4],
            is_ut: count(0),
            is_standard: count(1),
            leaps: count(2),
            times: count(3),
            types: count(4),
            chars: count(5),
        })
    }
}

/// Reads a whole file.
pub(super) fn parse(bytes: &[u8]) -> Result<Changes, ZoneError> {
    if !bytes.starts_with(b"TZif") {
        return Err(ZoneError::NotTzif);
    }
    let mut rest = Bytes(bytes);
    let mut header = rest.header()?;
    let mut time_bytes = 4;
    if header.version >= b'2' {
        // The first block repeats the data in 32 bits for readers of version 1.
        rest.take(header.body(4).ok_or(ZoneError::CutShort)?)?;
        header = rest.header()?;
        time_bytes = 8;
    }
    let mut body = Bytes(rest.take(header.body(time_bytes).ok_or(ZoneError::CutShort)?)?);
    let mut changes = block(&mut body, &header, time_bytes)?;
    if time_bytes == 8 {
        changes.footer = footer(rest.0)?;
    }
    Ok(changes)
}

fn block(body: &mut Bytes<'_>, header: &Header, time_bytes: usize) -> Result<Changes, ZoneError> {
    if header.leaps != 0 {
        return Err(ZoneError::LeapSeconds);
    }
    let times = body.take(header.times * time_bytes)?;
    let kinds = body.take(header.times)?;
    let types = body.take(header.types * 6)?;
    let offset = |position: usize, kind: u8| {
        let at = usize::from(kind) * 6;
        let bad = |reason| ZoneError::BadChange { position, reason };
        let word = types.get(at..at + 4).ok_or(bad("of an unknown type"))?;
        let offset = i32::from_be_bytes([word[0], word[1], word[2], word[3]]);
        if OFFSETS.contains(&offset) {
            Ok(offset)
        } else {
            Err(bad("more than a day"))
        }
    };
    let mut listed: Vec<(i64, i32)> = Vec::with_capacity(header.times);
    for (position, (time, kind)) in times.chunks_exact(time_bytes).zip(kinds).enumerate() {
        let mut word = if time[0] & 0x80 == 0 {
            [0; 8]
        } else {
            [0xff; 8]
        };
        word[8 - time_bytes..].copy_from_slice(time);
        let at = i64::from_be_bytes(word);
        let bad = |reason| ZoneError::BadChange { position, reason };
        if at > LATEST {
            return Err(bad("after the year 9999"));
        }
        // Some files begin with the Big Bang; sums with offsets must not overflow.
        let at = at.max(-LATEST);
        if listed.last().is_some_and(|(before, _)| *before > at) {
            return Err(bad("earlier than the one before it"));
        }
        listed.push((at, offset(position, *kind)?));
    }
    Ok(Changes {
        first: offset(0, 0)?,
        listed,
        footer: None,
    })
}

fn footer(rest: &[u8]) -> Result<Option<Footer>, ZoneError> {
    let text = rest.strip_prefix(b"\n").ok_or(ZoneError::CutShort)?;
    let end = text
        .iter()
        .position(|b| *b == b'\n')
        .ok_or(ZoneError::CutShort)?;
    if end == 0 {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&text[..end]);
    match Footer::parse(&text) {
        Some(footer) => Ok(Some(footer)),
        None => Err(ZoneError::BadFooter {
            footer: text.chars().take(64).collect(),
        }),
    }
}
