//! What must be true of names with tokens.

use workflow_core::tokens::{TextTemplate, TokenScope};

use crate::{Broken, Verdict, holds, same};

pub(crate) fn template(text: &str) -> Result<Verdict, Broken> {
    let mut verdict = Verdict::Refused;
    for scope in [
        TokenScope::Client,
        TokenScope::Proposal,
        TokenScope::Service,
    ] {
        match TextTemplate::parse(text, scope) {
            Ok(template) => {
                verdict = Verdict::Accepted;
                let again = TextTemplate::parse(template.text(), scope);
                same(
                    "a template prints as itself",
                    &again.as_ref(),
                    &Ok(&template),
                )?;
                let shown = template.with_names("Client", Some("Proposal"), Some("Service"));
                holds("it is bounded", shown.len() <= text.len() * 8 + 64, &shown)?;
            }
            Err(error) => holds("a refusal says why", !error.to_string().is_empty(), &error)?,
        }
    }
    let literal = TextTemplate::literal(text);
    same(
        "a literal stands for itself",
        &literal.with_names("", None, None),
        &text.to_owned(),
    )?;
    Ok(verdict)
}
