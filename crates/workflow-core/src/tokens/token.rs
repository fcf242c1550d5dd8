//! The tokens there are, and what each allows.

use std::fmt;

/// What a token can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Token {
    /// The client's name.
    Client,
    /// The proposal's name.
    Proposal,
    /// The service's name.
    Service,
    /// The start date.
    Start,
    /// The due date.
    Due,
    /// The period.
    Period,
    /// The month in which the period ends.
    Month,
    /// The calendar quarter in which the period ends.
    Quarter,
    /// The calendar year in which the period ends.
    Year,
    /// The client's financial year in which the period ends.
    FinancialYear,
}

/// What a workflow was made from, and so which names there are for its tokens. Each has what the
/// one before it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenScope {
    /// Added by hand for a client: no `{proposal}` and no `{service}`.
    Client,
    /// One workflow for a whole proposal: no `{service}`, since there may be several.
    Proposal,
    /// One workflow for one service of a proposal.
    Service,
}

/// How a date or a period is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenFormat {
    /// Short words, such as `27 Feb 2026`.
    Short,
    /// In full, such as `Friday 27 February 2026`.
    Long,
    /// As ISO 8601, such as `2026-02-27`.
    Iso,
}

/// One token as it is used in a text: which, how far away, how written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenUse {
    pub(super) token: Token,
    pub(super) offset: i16,
    pub(super) format: Option<TokenFormat>,
}

impl Token {
    /// Every token, in the order in which messages list them.
    pub const ALL: [Self; 10] = [
        Self::Client,
        Self::Proposal,
        Self::Service,
        Self::Start,
        Self::Due,
        Self::Period,
        Self::Month,
        Self::Quarter,
        Self::Year,
        Self::FinancialYear,
    ];

    /// How it is written between braces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Proposal => "proposal",
            Self::Service => "service",
            Self::Start => "start",
            Self::Due => "due",
            Self::Period => "period",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::FinancialYear => "financial_year",
        }
    }

    /// What it stands for, in words for a form's help text.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Client => "the client's name",
            Self::Proposal => "the proposal's name",
            Self::Service => "the service's name",
            Self::Start => "the start date",
            Self::Due => "the due date",
            Self::Period => "the period",
            Self::Month => "the month in which the period ends",
            Self::Quarter => "the quarter in which the period ends",
            Self::Year => "the year in which the period ends",
            Self::FinancialYear => "the client's financial year in which the period ends",
        }
    }

    /// The token of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|token| token.name() == name)
    }

    /// What a workflow must have been made from to have it.
    #[must_use]
    pub const fn needs(self) -> TokenScope {
        match self {
            Self::Service => TokenScope::Service,
            Self::Proposal => TokenScope::Proposal,
            _ => TokenScope::Client,
        }
    }

    /// Whether it stands for a date or a period, and so may have an offset.
    #[must_use]
    pub const fn takes_offset(self) -> bool {
        !matches!(self, Self::Client | Self::Proposal | Self::Service)
    }

    /// The formats that it may have.
    #[must_use]
    pub const fn formats(self) -> &'static [TokenFormat] {
        use TokenFormat::{Iso, Long, Short};
        match self {
            Self::Client | Self::Proposal | Self::Service | Self::Year => &[],
            Self::Start | Self::Due | Self::Month => &[Short, Long, Iso],
            Self::Period | Self::Quarter | Self::FinancialYear => &[Short, Long],
        }
    }
}

impl TokenScope {
    /// The tokens that are to be had.
    pub fn tokens(self) -> impl Iterator<Item = Token> {
        Token::ALL
            .into_iter()
            .filter(move |token| token.needs() <= self)
    }

    /// What is missing for a token that needs `self`.
    pub(super) const fn missing(self) -> &'static str {
        match self {
            Self::Client => "no client",
            Self::Proposal => "no proposal",
            Self::Service => "no service of its own",
        }
    }
}

impl TokenFormat {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Short, Self::Long, Self::Iso];

    /// How it is written after the colon.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "long",
            Self::Iso => "iso",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

impl TokenUse {
    /// Which token.
    #[must_use]
    pub const fn token(self) -> Token {
        self.token
    }

    /// How far away: days for a date, whole spans for a period.
    #[must_use]
    pub const fn offset(self) -> i16 {
        self.offset
    }

    /// How it is to be written, where the text says so.
    #[must_use]
    pub const fn format(self) -> Option<TokenFormat> {
        self.format
    }
}

impl fmt::Display for TokenUse {
    /// As it is written in a text, such as `{month+1:short}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}", self.token.name())?;
        if self.offset != 0 {
            write!(f, "{:+}", self.offset)?;
        }
        if let Some(format) = self.format {
            write!(f, ":{}", format.name())?;
        }
        f.write_str("}")
    }
}
