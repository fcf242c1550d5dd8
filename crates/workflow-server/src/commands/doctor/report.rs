//! The report: a page of markdown that can be pasted into the document.

use std::fmt;

use chrono::{DateTime, Utc};

/// Whether clients are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Shown,
    Hidden,
}

/// What was asked, what was seen, and what it means.
#[derive(Debug)]
struct Finding {
    topic: &'static str,
    seen: String,
    means: String,
}

/// The report as it grows.
#[derive(Debug)]
pub(super) struct Report {
    begun: DateTime<Utc>,
    names: Names,
    hidden: Vec<String>,
    findings: Vec<Finding>,
    made: Vec<String>,
    made_title: &'static str,
    calls: Option<(u32, u32)>,
    client: Option<String>,
}

impl Report {
    pub(super) fn begun(begun: DateTime<Utc>, names: Names) -> Self {
        Self {
            begun,
            names,
            hidden: Vec::new(),
            findings: Vec::new(),
            made: Vec::new(),
            made_title: "",
            calls: None,
            client: None,
        }
    }

    /// A name that is not shown, whosever words it is in, unless names are asked for.
    pub(super) fn hide(&mut self, name: Option<&str>) {
        if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) {
            self.hidden.push(name.to_owned());
        }
    }

    pub(super) fn add(
        &mut self,
        topic: &'static str,
        seen: impl Into<String>,
        means: impl Into<String>,
    ) {
        self.findings.push(Finding {
            topic,
            seen: seen.into(),
            means: means.into(),
        });
    }

    /// The client that probe jobs are for.
    pub(super) fn client(&mut self, name: Option<&str>) {
        self.hide(name);
        self.client = name.map(str::to_owned);
    }

    /// The jobs that were made.
    pub(super) fn made(&mut self, title: &'static str, numbers: Vec<String>) {
        self.made_title = title;
        self.made = numbers;
    }

    pub(super) fn spent(&mut self, calls: u32, announced: u32) {
        self.calls = Some((calls, announced));
    }

    /// A text as one cell of a table, without the names that are hidden.
    fn cell(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if self.names == Names::Hidden {
            for name in &self.hidden {
                text = text.replace(name.as_str(), "(a name)");
            }
        }
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        one_line.replace('|', "\\|").replace('<', "&lt;")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.begun.format("%Y-%m-%d %H:%M UTC");
        writeln!(f, "### What XPM answered on {day}\n")?;
        let version = env!("CARGO_PKG_VERSION");
        write!(f, "Asked by `workflow-server doctor` {version}")?;
        if let Some((calls, announced)) = self.calls {
            write!(f, ", in {calls} calls of {announced} announced")?;
        }
        if let Some(client) = &self.client {
            write!(f, ". The client for tests is {}", self.cell(client))?;
        }
        writeln!(f, ".\n\n| asked | seen | which means |\n|---|---|---|")?;
        for finding in &self.findings {
            let (seen, means) = (self.cell(&finding.seen), self.cell(&finding.means));
            writeln!(f, "| {} | {seen} | {means} |", finding.topic)?;
        }
        if !self.made.is_empty() {
            let each: Vec<_> = self.made.iter().map(|number| self.cell(number)).collect();
            writeln!(f, "\n{} {}.", self.made_title, each.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(names: Names) -> String {
        let mut report = Report::begun(DateTime::UNIX_EPOCH, names);
        report.hide(Some("Kauri & Sons"));
        report.hide(Some(" "));
        report.add("a topic", "no client\n Kauri & Sons | x", "<b>");
        report.spent(3, 5);
        report.to_string()
    }

    #[test]
    fn a_report_is_a_table_and_names_nobody_unless_asked() {
        let hidden = report(Names::Hidden);
        assert!(hidden.starts_with("### What XPM answered on 1970-01-01 00:00 UTC\n"));
        assert!(hidden.contains("in 3 calls of 5 announced"));
        assert!(
            hidden.contains("| a topic | no client (a name) \\| x | &lt;b> |"),
            "{hidden}"
        );
        assert!(report(Names::Shown).contains("no client Kauri & Sons"));
    }
}
