//! A table in plain text: aligned, and no wider than a terminal.

use std::fmt::Write as _;

/// The widest line, in characters.
const WIDTH: usize = 100;
/// What stands between two columns.
const GAP: &str = "  ";

/// A table of texts.
#[derive(Debug)]
pub(crate) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns. Where a line would be too wide, the last column goes on below,
    /// and what is too long in another is cut.
    pub(crate) fn new(head: &[&'static str]) -> Self {
        Self {
            head: head.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row with a cell for each column.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(one_line).to_vec());
    }

    /// The table's lines, each ended.
    pub(crate) fn text(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        line(&mut text, self.head.iter().copied(), &widths);
        for row in &self.rows {
            line(&mut text, row.iter().map(String::as_str), &widths);
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.head.iter().map(|name| name.chars().count()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        // The widest column gives way first, one character at a time.
        while widths.iter().sum::<usize>() + gaps > WIDTH {
            let Some(widest) = widths.iter_mut().max() else {
                break;
            };
            *widest -= 1;
        }
        widths
    }
}

/// One row: its first line, and what of its last cell goes on below.
fn line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>, widths: &[usize]) {
    let last = widths.len().saturating_sub(1);
    let mut indent = 0;
    for (n, (cell, width)) in cells.zip(widths).enumerate() {
        if n == last {
            let mut lines = wrapped(cell, *width).into_iter();
            text.push_str(&lines.next().unwrap_or_default());
            for line in lines {
                let _ = write!(text, "\n{:indent$}{line}", "");
            }
            break;
        }
        let length = cell.chars().count();
        if length > *width {
            text.extend(cell.chars().take(width.saturating_sub(1)));
            text.push('…');
        } else {
            let _ = write!(text, "{cell}{:1$}", "", width - length);
        }
        text.push_str(GAP);
        indent += width + GAP.len();
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
}

/// A text in lines of at most `width` characters, broken between words where that can be.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word = word.to_owned();
        loop {
            let used = lines.last().map_or(0, |line| line.chars().count());
            let needed = word.chars().count() + usize::from(used > 0);
            let Some(line) = lines.last_mut() else { break };
            if used + needed <= width {
                if used > 0 {
                    line.push(' ');
                }
                line.push_str(&word);
                break;
            }
            if used == 0 {
                let at = word
                    .char_indices()
                    .nth(width.max(1))
                    .map_or(word.len(), |(at, _)| at);
                let rest = word.split_off(at);
                line.push_str(&word);
                word = rest;
            }
            lines.push(String::new());
        }
    }
    lines
}

fn one_line(text: String) -> String {
    if text.contains(char::is_control) {
        text.replace(char::is_control, " ")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_fit() {
        let mut table = Table::new(&["job", "client", "why"]);
        table.row([
            "J1".to_owned(),
            "Ōtautahi Café".to_owned(),
            "because of it ".repeat(15),
        ]);
        table.row(["J000002".to_owned(), "A\nB".to_owned(), "x".repeat(100)]);
        let text = table.text();
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{text}"
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "job      client         why");
        assert!(lines[1].starts_with("J1       Ōtautahi Café  because of it because"));
        assert!(
            lines[2].starts_with("                        because of"),
            "{text}"
        );
        assert!(text.contains("J000002  A B            xxxx"), "{text}");
        assert_eq!(text.matches("because").count(), 15);
        assert_eq!(text.matches('x').count(), 100);
    }

    #[test]
    fn what_is_too_long_in_another_column_is_cut() {
        let mut table = Table::new(&["client", "why"]);
        table.row(["c".repeat(200), "short".to_owned()]);
        let text = table.text();
        let line = text.lines().nth(1).unwrap();
        assert_eq!(line.chars().count(), 100);
        assert!(line.contains("c…  short"), "{line}");
    }
}
