//! What a form holds: names and values in the order in which the browser sent them.

/// The fields of a form or of a query. A name may occur several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Input(Vec<(String, String)>);

impl Input {
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value of that name, without outer white space; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// The value of that name as it was typed, but for line ends, which browsers send as CRLF.
    pub(crate) fn text(&self, name: &str) -> String {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map_or_else(String::new, |(_, value)| value.replace("\r\n", "\n"))
    }

    /// The value of that name, if it is more than white space.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// Every value of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.0
            .iter()
            .filter(move |(found, _)| found == name)
            .map(|(_, value)| value.trim())
    }

    pub(crate) fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// The same with that name set to one value.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.take(name);
        self.push(name, value);
    }

    /// Takes every value of that name out.
    pub(crate) fn take(&mut self, name: &str) {
        self.0.retain(|(found, _)| found != name);
    }

    /// All of them, in order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_lines_and_a_value_loses_its_edges() {
        let mut input = Input::default();
        input.push("description", "one\r\n two ");
        assert_eq!(input.text("description"), "one\n two ");
        assert_eq!(input.get("description"), "one\r\n two");
        assert_eq!(input.filled("name"), None);
        input.set("description", "three");
        assert_eq!(input.all("description").collect::<Vec<_>>(), ["three"]);
    }
}
