//! Comma-separated values: a date and a name on each line, quoted as RFC 4180 says.

use super::FileError;

/// Where date and name stand in a line.
#[derive(Clone, Copy)]
struct Columns {
    date: usize,
    name: usize,
    /// How many there are, where no heading names more.
    exactly: Option<usize>,
}

/// The line, date and name of each row. A first line that names the columns `date` and `name` is a
/// heading, which may name others; without one there are the two alone. Blank lines are left out.
pub(super) fn rows(
    text: &str,
) -> impl Iterator<Item = Result<(usize, String, String), FileError>> + '_ {
    let mut columns = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let number = index + 1;
        if line.trim().is_empty() {
            return None;
        }
        let fields = match fields(line) {
            Ok(fields) => fields,
            Err(reason) => return Some(Err(FileError::of(number, reason))),
        };
        let columns = match columns {
            Some(columns) => columns,
            None => {
                let heading = heading(&fields);
                let found = *columns.insert(heading.unwrap_or(Columns {
                    date: 0,
                    name: 1,
                    exactly: Some(2),
                }));
                if heading.is_some() {
                    return None;
                }
                found
            }
        };
        Some(row(number, &fields, columns))
    })
}

fn heading(fields: &[String]) -> Option<Columns> {
    let at = |wanted: &str| {
        let found = |field: &String| field.eq_ignore_ascii_case(wanted);
        fields.iter().position(found)
    };
    Some(Columns {
        date: at("date")?,
        name: at("name")?,
        exactly: None,
    })
}

fn row(
    line: usize,
    fields: &[String],
    columns: Columns,
) -> Result<(usize, String, String), FileError> {
    if let Some(exactly) = columns.exactly
        && fields.len() != exactly
    {
        let reason = format!(
            "must be a date and a name, with a comma between; there are {} fields (a name with a \
             comma stands in quotes)",
            fields.len()
        );
        return Err(FileError::of(line, reason));
    }
    let field = |at: usize, what: &str| {
        let missing = || FileError::of(line, format_args!("has no {what}"));
        fields.get(at).cloned().ok_or_else(missing)
    };
    Ok((
        line,
        field(columns.date, "date")?,
        field(columns.name, "name")?,
    ))
}

/// The fields of a line, without the blanks around them.
fn fields(line: &str) -> Result<Vec<String>, &'static str> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => match rest.split_once(',') {
                Some((field, after)) => (field.trim().to_owned(), Some(after)),
                None => (rest.trim().to_owned(), None),
            },
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return Ok(fields),
        }
    }
}

/// A field up to its closing quote, and what follows the comma after it.
fn quoted_field(text: &str) -> Result<(String, Option<&str>), &'static str> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let Some((part, after)) = rest.split_once('"') else {
            return Err("a quote is not closed on its line");
        };
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => {
                let after = after.trim_start();
                let rest = after.strip_prefix(',');
                if rest.is_none() && !after.is_empty() {
                    return Err("after a closing quote must come a comma, or the end of the line");
                }
                return Ok((field, rest));
            }
        }
    }
}
