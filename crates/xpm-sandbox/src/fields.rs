//! The parameter `fields`: which elements of each record are shown.

use crate::wire::Node;

/// Leaves of each record only the elements that are named, comma-separated; all where none is.
pub(crate) fn filter(content: Vec<Node>, fields: Option<&String>) -> Vec<Node> {
    let Some(fields) = fields.filter(|fields| !fields.trim().is_empty()) else {
        return content;
    };
    let wanted: Vec<&str> = fields.split(',').map(str::trim).collect();
    content.into_iter().map(|node| top(node, &wanted)).collect()
}

/// A list of records keeps its records; a record keeps what is wanted.
fn top(node: Node, wanted: &[&str]) -> Node {
    match node {
        // What leads to the next page is no record.
        Node::List("Pagination", links) => Node::List("Pagination", links),
        Node::List(name, rows) if is_list(&rows) => Node::List(
            name,
            rows.into_iter().map(|row| record(row, wanted)).collect(),
        ),
        other => record(other, wanted),
    }
}

/// A list holds records alone; every record begins with an identity, which is a text.
fn is_list(rows: &[Node]) -> bool {
    rows.iter().all(|row| matches!(row, Node::List(..)))
}

fn record(node: Node, wanted: &[&str]) -> Node {
    match node {
        Node::List(name, children) => {
            let kept = children.into_iter().filter(|child| {
                let (Node::Text(name, _) | Node::List(name, _)) = child;
                wanted
                    .iter()
                    .any(|wanted| wanted.eq_ignore_ascii_case(name))
            });
            Node::List(name, kept.collect())
        }
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Node {
        let client = Node::List("Client", vec![Node::text("Name", "Kauri")]);
        Node::List(
            "Job",
            vec![Node::text("ID", "J1"), Node::text("Name", "x"), client],
        )
    }

    fn written(content: Vec<Node>, fields: &str) -> String {
        crate::wire::bare(&filter(content, Some(&fields.to_owned())))
    }

    #[test]
    fn each_record_keeps_what_is_named() {
        let list = vec![Node::List("Jobs", vec![job(), job()])];
        assert_eq!(
            written(list, "id, client"),
            "<Jobs><Job><ID>J1</ID><Client><Name>Kauri</Name></Client></Job>\
             <Job><ID>J1</ID><Client><Name>Kauri</Name></Client></Job></Jobs>"
        );
        assert_eq!(written(vec![job()], "Name"), "<Job><Name>x</Name></Job>");
        assert_eq!(
            written(vec![Node::List("Jobs", vec![])], "Name"),
            "<Jobs />"
        );
        assert!(written(vec![job()], " ").contains("<ID>"));
    }
}
