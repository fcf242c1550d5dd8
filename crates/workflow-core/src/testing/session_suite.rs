//! The conformance suite of session stores: one function for each rule of the [`SessionStore`]
//! port.
//!
//! [`session_store_suite!`](crate::session_store_suite) makes one named test of each rule. A rule
//! needs an empty store and panics with what it saw where the store breaks it.

use std::sync::Arc;

use crate::ports::sessions::SessionStore;

/// Something that holds a session store for the length of a test: a store, or a pair of a store and
/// whatever must outlive it.
pub trait AsSessionStore {
    /// The session store.
    fn as_session_store(&self) -> &dyn SessionStore;
}

impl<S: SessionStore> AsSessionStore for S {
    fn as_session_store(&self) -> &dyn SessionStore {
        self
    }
}

impl<S: SessionStore, G> AsSessionStore for (S, G) {
    fn as_session_store(&self) -> &dyn SessionStore {
        &self.0
    }
}

impl<S: SessionStore> AsSessionStore for Arc<S> {
    fn as_session_store(&self) -> &dyn SessionStore {
        &**self
    }
}

/// Makes one named test of each rule of the [`SessionStore`] port, for a store of yours, as
/// [`token_store_suite!`](crate::token_store_suite) does for token stores.
///
/// ```
/// mod memory {
///     use workflow_core::testing::MemoryStore;
///     workflow_core::session_store_suite!(#[tokio::test], MemoryStore::new());
/// }
/// ```
#[macro_export]
macro_rules! session_store_suite {
    ($(#[$attribute:meta])+, $make:expr $(,)?) => {
        $crate::__session_store_tests! {
            [$(#[$attribute])+ $make]
            nobody_is_signed_in_at_first
            a_session_comes_back_as_it_was_begun
            a_session_ends_by_itself
            use_puts_the_end_off_and_brings_nothing_back
            a_session_that_is_replaced_has_ended
            a_chosen_practice_is_kept
            an_ended_session_stays_ended
            the_sessions_of_a_person_are_listed_and_ended_by_either_account
            of_one_person_the_newest_are_kept
            what_ended_by_itself_is_forgotten
        }
    };
}

/// The tests of [`session_store_suite!`](crate::session_store_suite), one rule after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __session_store_tests {
    ($given:tt $($rule:ident)*) => {
        $($crate::__session_store_test!($given $rule);)*
    };
}

/// One test of [`session_store_suite!`](crate::session_store_suite).
#[doc(hidden)]
#[macro_export]
macro_rules! __session_store_test {
    ([$(#[$attribute:meta])+ $make:expr] $rule:ident) => {
        $(#[$attribute])+
        async fn $rule() {
            let made = $make;
            let store = $crate::testing::session_suite::AsSessionStore::as_session_store(&made);
            $crate::testing::session_suite::rules::$rule(store).await;
        }
    };
}

/// Every rule, under the name that its test bears.
pub mod rules {
    #![expect(
        clippy::missing_panics_doc,
        reason = "a rule panics where the store breaks it"
    )]

    use chrono::{DateTime, Utc};

    use crate::access::Account;
    use crate::deployment::Digest;
    use crate::ports::sessions::{Session, SessionStore};
    use crate::testing::samples;
    use crate::text::Name;

    fn at(minute: i64) -> DateTime<Utc> {
        samples::minute(minute)
    }

    fn token(number: u32) -> Digest {
        Digest::of(&[b"token", &number.to_be_bytes()])
    }

    fn account(text: &str) -> Account {
        text.parse().expect("an account")
    }

    /// A session of Mara's that was begun at that minute: it ends after an hour without use, and
    /// after eight in any case.
    fn maras(minute: i64) -> Session {
        Session {
            subject: account("https://identity.example|mara"),
            email: Some(account("mara@acme.example")),
            name: Name::new("Mara \"Zoë\" O'Brien").expect("a name"),
            practice: None,
            begun_at: at(minute),
            seen_at: at(minute),
            idle_until: at(minute + 60),
            ends_at: at(minute + 480),
        }
    }

    /// The same of somebody who has no e-mail address.
    fn theos(minute: i64) -> Session {
        Session {
            subject: account("https://identity.example|theo"),
            email: None,
            ..maras(minute)
        }
    }

    async fn begin(store: &dyn SessionStore, number: u32, session: &Session) {
        let begun = store.begin_session(&token(number), session, None).await;
        begun.expect("a session is begun");
    }

    async fn found(store: &dyn SessionStore, number: u32, minute: i64) -> Option<Session> {
        let found = store.session(&token(number), at(minute)).await;
        found.expect("an answer")
    }

    async fn of(store: &dyn SessionStore, whose: &Account, minute: i64) -> Vec<Digest> {
        let all = store.sessions_of(whose, at(minute)).await;
        let all = all.expect("an answer").into_iter();
        all.map(|(token, _)| token).collect()
    }

    /// A token that nobody was given is nobody's.
    pub async fn nobody_is_signed_in_at_first(store: &dyn SessionStore) {
        assert_eq!(found(store, 1, 0).await, None);
        let seen = store.session_seen(&token(1), at(0), at(9)).await;
        assert!(!seen.expect("an answer"));
        let practice = samples::practice_id("acme");
        let chosen = store.choose_practice(&token(1), &practice).await;
        assert!(!chosen.expect("an answer"));
        assert_eq!(found(store, 1, 0).await, None);
    }

    /// A session comes back as it was begun, under its own token alone.
    pub async fn a_session_comes_back_as_it_was_begun(store: &dyn SessionStore) {
        let mut chosen = maras(0);
        chosen.practice = Some(samples::practice_id("acme"));
        chosen.begun_at += chrono::TimeDelta::nanoseconds(123_456_789);
        begin(store, 1, &chosen).await;
        begin(store, 2, &theos(0)).await;
        assert_eq!(found(store, 1, 1).await, Some(chosen));
        assert_eq!(found(store, 2, 1).await, Some(theos(0)));
        assert_eq!(found(store, 3, 1).await, None);
    }

    /// A session ends at the instant until which it may be idle, and at its end in any case.
    pub async fn a_session_ends_by_itself(store: &dyn SessionStore) {
        begin(store, 1, &maras(0)).await;
        assert!(found(store, 1, 59).await.is_some());
        assert_eq!(found(store, 1, 60).await, None);
        let mut used = theos(0);
        used.idle_until = at(1_000);
        begin(store, 2, &used).await;
        assert!(found(store, 2, 479).await.is_some());
        assert_eq!(found(store, 2, 480).await, None);
        assert_eq!(of(store, &used.subject, 480).await, []);
    }

    /// Use puts the end off, and brings back nothing that has ended.
    pub async fn use_puts_the_end_off_and_brings_nothing_back(store: &dyn SessionStore) {
        begin(store, 1, &maras(0)).await;
        let seen = store.session_seen(&token(1), at(50), at(110)).await;
        assert!(seen.expect("an answer"));
        let kept = found(store, 1, 109).await.expect("the session");
        assert_eq!((kept.seen_at, kept.idle_until), (at(50), at(110)));
        assert_eq!(kept.begun_at, at(0));
        let late = store.session_seen(&token(1), at(110), at(170)).await;
        assert!(!late.expect("an answer"));
        assert_eq!(found(store, 1, 111).await, None);
    }

    /// A session that is begun in place of another ends that one, and no third.
    pub async fn a_session_that_is_replaced_has_ended(store: &dyn SessionStore) {
        begin(store, 1, &maras(0)).await;
        begin(store, 2, &maras(0)).await;
        let (first, third, session) = (token(1), token(3), maras(1));
        let again = store.begin_session(&third, &session, Some(&first)).await;
        again.expect("a session is begun");
        assert_eq!(found(store, 1, 2).await, None);
        assert!(found(store, 2, 2).await.is_some());
        assert!(found(store, 3, 2).await.is_some());
    }

    /// The practice that a person chose is kept, for that session.
    pub async fn a_chosen_practice_is_kept(store: &dyn SessionStore) {
        begin(store, 1, &maras(0)).await;
        begin(store, 2, &maras(0)).await;
        for id in ["acme", "other"] {
            let practice = samples::practice_id(id);
            let chosen = store.choose_practice(&token(1), &practice).await;
            assert!(chosen.expect("an answer"));
            let kept = found(store, 1, 1).await.expect("the session");
            assert_eq!(kept.practice, Some(practice));
        }
        let kept = found(store, 2, 1).await.expect("the other session");
        assert_eq!(kept.practice, None);
    }

    /// A session that was ended is gone, and ending it again does nothing.
    pub async fn an_ended_session_stays_ended(store: &dyn SessionStore) {
        begin(store, 1, &maras(0)).await;
        begin(store, 2, &maras(0)).await;
        for _ in 0..2 {
            let ended = store.end_session(&token(1)).await;
            ended.expect("an answer");
        }
        assert_eq!(found(store, 1, 1).await, None);
        let seen = store.session_seen(&token(1), at(1), at(61)).await;
        assert!(!seen.expect("an answer"));
        assert_eq!(found(store, 1, 2).await, None);
        assert!(found(store, 2, 2).await.is_some());
    }

    /// A person's sessions are listed and ended by subject and by e-mail address; those of others
    /// and the one that is to stay are left.
    pub async fn the_sessions_of_a_person_are_listed_and_ended_by_either_account(
        store: &dyn SessionStore,
    ) {
        for (number, session) in [(1, maras(2)), (2, maras(1)), (3, theos(1)), (4, maras(3))] {
            begin(store, number, &session).await;
        }
        let (subject, email) = (maras(0).subject, account("mara@acme.example"));
        for account in [&subject, &email] {
            let listed = of(store, account, 4).await;
            assert_eq!(listed, [token(2), token(1), token(4)]);
        }
        let ended = store.end_sessions_of(&subject, Some(&token(1))).await;
        assert_eq!(ended.expect("an answer"), 2);
        assert_eq!(of(store, &email, 4).await, [token(1)]);
        let ended = store.end_sessions_of(&email, None).await;
        assert_eq!(ended.expect("an answer"), 1);
        assert_eq!(of(store, &subject, 4).await, []);
        assert!(found(store, 3, 4).await.is_some(), "somebody else's");
        let ended = store.end_sessions_of(&email, None).await;
        assert_eq!(ended.expect("an answer"), 0);
    }

    /// Of one person's sessions the newest are kept, up to the limit.
    pub async fn of_one_person_the_newest_are_kept(store: &dyn SessionStore) {
        begin(store, 1_000, &theos(0)).await;
        let most = Session::MOST;
        for number in 0..most + 2 {
            begin(store, number, &maras(i64::from(number))).await;
        }
        let minute = i64::from(most) + 2;
        let kept = of(store, &maras(0).subject, minute).await;
        let newest: Vec<Digest> = (2..most + 2).map(token).collect();
        assert_eq!(kept, newest);
        assert!(found(store, 1_000, minute).await.is_some());
    }

    /// What has ended by itself is forgotten when a session is begun: not even an earlier time
    /// shows it.
    pub async fn what_ended_by_itself_is_forgotten(store: &dyn SessionStore) {
        begin(store, 1, &maras(0)).await;
        begin(store, 2, &theos(30)).await;
        begin(store, 3, &theos(60)).await;
        assert_eq!(found(store, 1, 1).await, None);
        assert!(found(store, 2, 61).await.is_some());
    }
}
