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
    /// A table with these columns. The last is cut where a line would be too wide; so are the
    /// others where they alone would be.
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
        // The widest column gives way first, one character at a time.
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > WIDTH {
            let Some(widest) = widths.iter_mut().max() else {
                break;
            };
            *widest -= 1;
        }
        widths
    }
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>, widths: &[usize]) {
    let start = text.len();
    for (cell, width) in cells.zip(widths) {
        if text.len() > start {
            text.push_str(GAP);
        }
        let length = cell.chars().count();
        if length > *width {
            text.extend(cell.chars().take(width.saturating_sub(1)));
            text.push('…');
        } else {
            let _ = write!(text, "{cell}{:1$}", "", width - length);
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
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
        table.row(["J1".to_owned(), "Ōtautahi Café".to_owned(), "x".repeat(200)]);
        table.row(["J000002".to_owned(), "A\nB".to_owned(), "short".to_owned()]);
        let text = table.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "job      client         why");
        assert_eq!(lines[2], "J000002  A B            short");
        assert_eq!(lines[1].chars().count(), 100);
        assert!(lines[1].ends_with('…'));
    }
}
