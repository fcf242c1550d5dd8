//! Sentences hold no markup, and the document shows the tables as they are.

use std::fmt::Write;

use proptest::prelude::*;

use super::*;

#[test]
fn a_text_from_elsewhere_is_one_bounded_line() {
    assert_eq!(plain_text(" a\r\n\u{1}b  c\t"), "a b c");
    assert_eq!(
        plain_text("evil\u{202E}txt \u{200B} end\u{FEFF}"),
        "eviltxt end"
    );
    for long in [
        "ā".repeat(100_000),
        "ā ".repeat(100_000),
        "<b>ā".repeat(100_000),
    ] {
        let shown = plain_text(&long);
        assert_eq!(shown.chars().count(), LONGEST + 1);
        assert!(shown.ends_with('…'));
    }
}

#[test]
fn markup_becomes_its_words() {
    for (text, shown) in [
        (
            "<html><body><h1>Server Error</h1>in '/'</body></html>",
            "Server Error in '/'",
        ),
        ("&lt;b&gt;bold&lt;/b&gt; &amp;amp; more", "bold & more"),
        ("&amp;lt;i&amp;gt;twice", "twice"),
        ("<style>p {color: red}</style><p>words</p>", "words"),
        ("<script>alert('{')</script>", ""),
        ("a < b, c > d", "a ‹ b, c > d"),
        ("<!-- x --><![CDATA[y]]>z", "z"),
        ("an unfinished <tag and more", "an unfinished"),
        ("{0} is required", "no reason given"),
        ("field {0} is required", "field (0) is required"),
    ] {
        assert_eq!(plain_text(text), shown, "{text}");
    }
}

#[test]
fn json_becomes_the_words_in_it() {
    for (text, shown) in [
        (
            r#"{"Type":null,"Title":"Forbidden","Status":403,"Detail":"AuthenticationUnsuccessful"}"#,
            "AuthenticationUnsuccessful",
        ),
        (r#"{"Message":"It went <b>wrong</b>"}"#, "It went wrong"),
        (r#"{"error":{"code":7,"message":"inner"}}"#, "inner"),
        (r#"[{"a":1},{"b":"first words"}]"#, "first words"),
        (r#"{"Detail":null,"Title":""}"#, "no reason given"),
        (r#"{"Detail":"cut o"#, "no reason given"),
        (r#"{"Message":"{\"inner\":\"x\"}"}"#, "(\"inner\":\"x\")"),
        (r#"Error: {"a":"b"}"#, r#"Error: ("a":"b")"#),
    ] {
        assert_eq!(plain_text(text), shown, "{text}");
    }
}

#[test]
fn a_name_keeps_its_characters() {
    assert_eq!(one_line("Smith <Tax> & {Co}\n"), "Smith <Tax> & {Co}");
}

#[test]
fn the_name_of_an_exchange_is_a_name_or_none() {
    let name = "5e1f8c1e-0d6b-4f0e-9a55-1d0c4e0b7a11";
    assert_eq!(exchange(&format!(" {name} ")).as_deref(), Some(name));
    for odd in ["", " ", "<b>", "{\"a\":1}", "a b", "é", &"x".repeat(101)] {
        assert_eq!(exchange(odd), None, "{odd}");
    }
}

#[test]
fn known_refusals_say_what_to_do_and_others_are_passed_on() {
    let text = |words: &str| match refusal(words) {
        Failure::Refused { text } => text,
        other => panic!("{other:?}"),
    };
    assert!(text("Invalid job template identifier").contains("the job template is not in XPM"));
    assert!(text("Invalid job identifier").contains("adopt another job"));
    assert!(text("Job number ABC is already in use").contains("another job has that number"));
    assert!(text("ID is required").contains("allocated manually"));
    assert_eq!(text("Budget is odd"), "Budget is odd");
    assert!(means_no_such_job("Invalid job identifier"));
    assert!(means_no_such_job("Job WF-1 does not exist"));
    assert!(!means_no_such_job("Invalid job template identifier"));
    assert!(!means_no_such_job("The service was not found"));
}

#[test]
fn statuses_and_networks_are_put_into_words() {
    assert_eq!(
        status(503, Some("ServiceNotAvailable")),
        "XPM is not available at the moment (HTTP status 503, ServiceNotAvailable)"
    );
    assert_eq!(
        status(502, None),
        "XPM's gateway got no answer from XPM (HTTP status 502)"
    );
    assert_eq!(gateway(None), "it gave no reason");
    assert_eq!(gateway(Some("Odd")), "Odd");
    assert_eq!(
        network("Connection refused (os error 111)"),
        "the connection was refused (Connection refused (os error 111))"
    );
}

/// What the document shows between its markers.
fn tables() -> String {
    let mut page = String::new();
    for (heading, table, form) in [
        (
            "XPM's own words hold",
            &REFUSALS[..],
            "XPM refused it: *its words*: ",
        ),
        ("The gateway's detail is", &DETAILS[..], ""),
        (
            "The network says",
            &NETWORK[..],
            "XPM could not be reached: ",
        ),
    ] {
        let _ = writeln!(page, "| {heading} | what is said |\n|---|---|");
        for Known { says, means } in table {
            let _ = writeln!(page, "| `{says}` | {form}{means} |");
        }
        page.push('\n');
    }
    let _ = writeln!(page, "| the HTTP status is | what is said |\n|---|---|");
    for code in [302, 400, 404, 408, 413, 500, 502, 503, 504] {
        let _ = writeln!(
            page,
            "| {code} | XPM's reply was lost: {} |",
            status(code, None)
        );
    }
    page
}

#[test]
fn the_document_shows_the_tables() {
    let page = include_str!("../../../../docs/xpm.md");
    let (_, rest) = page
        .split_once("<!-- sentences -->\n")
        .expect("a beginning");
    let (shown, _) = rest
        .split_once("<!-- end of sentences -->")
        .expect("an end");
    let tables = tables();
    assert!(
        shown.trim() == tables.trim(),
        "docs/xpm.md should say:\n{tables}"
    );
}

proptest! {
    #[test]
    fn no_text_leaves_markup_or_json(
        text in prop_oneof![
            any::<String>(),
            "[<>{}&;\"'a-z/!?\\[\\]#x3C: \n]{0,300}",
            "(&(amp;){0,4}(lt|gt|quot|#60|#x3c);|[a-z</> {}\"]){0,60}",
        ],
    ) {
        let shown = plain_text(&text);
        prop_assert!(!shown.contains(['<', '{', '}']), "{shown:?}");
        prop_assert!(!shown.contains(|c: char| c.is_control() || is_invisible(c)), "{shown:?}");
        prop_assert!(shown.chars().count() <= LONGEST + 1);
        prop_assert_eq!(plain_text(&shown).contains(['<', '{']), false);
    }
}
