//! The conformance suite of token stores: one function for each rule of the [`TokenStore`] port.
//!
//! [`token_store_suite!`](crate::token_store_suite) makes one named test of each rule. A rule
//! needs an empty store and panics with what it saw where the store breaks it; what it says then
//! holds no secret.

use std::sync::Arc;

use crate::ports::tokens::TokenStore;

/// Something that holds a token store for the length of a test: a store, or a pair of a store and
/// whatever must outlive it.
pub trait AsTokenStore {
    /// The token store.
    fn as_token_store(&self) -> &dyn TokenStore;
}

impl<S: TokenStore> AsTokenStore for S {
    fn as_token_store(&self) -> &dyn TokenStore {
        self
    }
}

impl<S: TokenStore, G> AsTokenStore for (S, G) {
    fn as_token_store(&self) -> &dyn TokenStore {
        &self.0
    }
}

impl<S: TokenStore> AsTokenStore for Arc<S> {
    fn as_token_store(&self) -> &dyn TokenStore {
        &**self
    }
}

/// Makes one named test of each rule of the [`TokenStore`] port, for a store of yours.
///
/// The first argument is the attribute that makes a test of an async function; the second an
/// expression that makes an empty store, as in [`store_suite!`](crate::store_suite). Each function
/// of [`rules`](crate::testing::token_suite::rules) becomes a test of its name.
///
/// ```
/// mod memory {
///     use workflow_core::testing::MemoryStore;
///     workflow_core::token_store_suite!(#[tokio::test], MemoryStore::new());
/// }
/// ```
#[macro_export]
macro_rules! token_store_suite {
    ($(#[$attribute:meta])+, $make:expr $(,)?) => {
        $crate::__token_store_tests! {
            [$(#[$attribute])+ $make]
            nothing_is_connected_at_first
            a_connection_comes_back_as_it_was_saved
            each_save_rotates_by_one
            a_save_over_another_rotation_is_refused
            a_forgotten_connection_is_gone
            a_forgotten_connection_is_not_saved_over
            forgetting_what_is_not_there_does_nothing
            a_connection_belongs_to_its_practice
            of_several_that_rotate_one_is_first
            no_debug_shows_a_secret
        }
    };
}

/// The tests of [`token_store_suite!`](crate::token_store_suite), one rule after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __token_store_tests {
    ($given:tt $($rule:ident)*) => {
        $($crate::__token_store_test!($given $rule);)*
    };
}

/// One test of [`token_store_suite!`](crate::token_store_suite).
#[doc(hidden)]
#[macro_export]
macro_rules! __token_store_test {
    ([$(#[$attribute:meta])+ $make:expr] $rule:ident) => {
        $(#[$attribute])+
        async fn $rule() {
            let made = $make;
            let store = $crate::testing::token_suite::AsTokenStore::as_token_store(&made);
            $crate::testing::token_suite::rules::$rule(store).await;
        }
    };
}

/// Every rule, under the name that its test bears.
pub mod rules {
    #![expect(
        clippy::missing_panics_doc,
        reason = "a rule panics where the store breaks it"
    )]

    use secrecy::{ExposeSecret, SecretString};

    use crate::ids::PracticeId;
    use crate::ports::tokens::{
        AccessToken, Connection, Organisation, Rotation, TokenStore, TokenStoreError,
    };
    use crate::testing::at_once;
    use crate::testing::samples;

    fn acme() -> PracticeId {
        samples::practice_id("acme")
    }

    fn other() -> PracticeId {
        samples::practice_id("other")
    }

    /// A connection whose secrets end in that text.
    fn connection(text: &str) -> Connection {
        Connection {
            tenant: samples::uuid(0x7, 1),
            tenant_name: Some("Harbour Café \"HQ\"".to_owned()),
            access: Some(AccessToken {
                secret: SecretString::from(format!("access-{text}")),
                expires_at: samples::minute(30),
            }),
            refresh: SecretString::from(format!("refresh-{text}")),
            refreshed_at: samples::minute(0) + chrono::TimeDelta::microseconds(654_321),
            organisation: Some(Organisation {
                tenant: samples::uuid(1, 2),
                name: Some("Harbour Café Ltd".to_owned()),
            }),
        }
    }

    /// Panics unless both are the same, without saying what they are.
    fn same(found: &Connection, expected: &Connection) {
        assert_eq!(found.tenant, expected.tenant, "the tenant");
        assert_eq!(found.tenant_name, expected.tenant_name, "the tenant's name");
        assert_eq!(
            found.organisation, expected.organisation,
            "the organisation"
        );
        assert_eq!(found.refreshed_at, expected.refreshed_at, "when refreshed");
        let refresh = |connection: &Connection| connection.refresh.expose_secret().to_owned();
        assert!(refresh(found) == refresh(expected), "the refresh token");
        let access = |connection: &Connection| {
            let access = connection.access.as_ref()?;
            Some((access.secret.expose_secret().to_owned(), access.expires_at))
        };
        assert!(access(found) == access(expected), "the access token");
    }

    async fn kept(store: &dyn TokenStore, practice: &PracticeId) -> Option<(Connection, Rotation)> {
        store.connection(practice).await.expect("a connection")
    }

    async fn save(
        store: &dyn TokenStore,
        practice: &PracticeId,
        text: &str,
        expected: Option<Rotation>,
    ) -> Rotation {
        let connection = connection(text);
        let saved = store.save_connection(practice, &connection, expected);
        saved.await.expect("a connection is saved")
    }

    async fn is_refused(store: &dyn TokenStore, expected: Option<Rotation>) {
        let late = connection("late");
        let answer = store.save_connection(&acme(), &late, expected).await;
        let rotated = matches!(answer, Err(TokenStoreError::Rotated));
        assert!(rotated, "over {expected:?}: {answer:?}");
    }

    /// A practice is not connected before a connection is saved.
    pub async fn nothing_is_connected_at_first(store: &dyn TokenStore) {
        assert!(kept(store, &acme()).await.is_none());
    }

    /// A connection comes back as it was saved, with an access token and without, of any length.
    pub async fn a_connection_comes_back_as_it_was_saved(store: &dyn TokenStore) {
        let mut bare = connection("");
        bare.access = None;
        bare.tenant_name = None;
        bare.organisation = None;
        let long = connection(&"ü🥐\n\0'".repeat(2_000));
        let mut expected = None;
        for connection in [connection("one"), bare, long] {
            let saved = store.save_connection(&acme(), &connection, expected).await;
            let rotation = saved.expect("a connection is saved");
            let (found, at) = kept(store, &acme()).await.expect("the connection");
            assert_eq!(at, rotation);
            same(&found, &connection);
            expected = Some(rotation);
        }
    }

    /// The rotation rises by one at each save.
    pub async fn each_save_rotates_by_one(store: &dyn TokenStore) {
        let mut last = save(store, &acme(), "0", None).await;
        for text in ["1", "2", "3"] {
            let next = save(store, &acme(), text, Some(last)).await;
            assert_eq!(next, Rotation(last.0 + 1));
            last = next;
        }
    }

    /// A save over another rotation than the current one is refused, and changes nothing.
    pub async fn a_save_over_another_rotation_is_refused(store: &dyn TokenStore) {
        is_refused(store, Some(Rotation(1))).await;
        assert!(kept(store, &acme()).await.is_none());
        let first = save(store, &acme(), "first", None).await;
        let second = save(store, &acme(), "second", Some(first)).await;
        for stale in [None, Some(first), Some(Rotation(second.0 + 1))] {
            is_refused(store, stale).await;
        }
        let (found, rotation) = kept(store, &acme()).await.expect("the connection");
        assert_eq!(rotation, second);
        same(&found, &connection("second"));
    }

    /// A forgotten connection is gone, and the practice can be connected again.
    pub async fn a_forgotten_connection_is_gone(store: &dyn TokenStore) {
        save(store, &acme(), "first", None).await;
        store.forget_connection(&acme()).await.expect("forgotten");
        assert!(kept(store, &acme()).await.is_none());
        save(store, &acme(), "second", None).await;
        let (found, _) = kept(store, &acme()).await.expect("the connection");
        same(&found, &connection("second"));
    }

    /// Whoever was refreshing while the connection was forgotten does not bring it back.
    pub async fn a_forgotten_connection_is_not_saved_over(store: &dyn TokenStore) {
        let first = save(store, &acme(), "first", None).await;
        store.forget_connection(&acme()).await.expect("forgotten");
        is_refused(store, Some(first)).await;
        assert!(kept(store, &acme()).await.is_none());
    }

    /// Forgetting what is not there does nothing.
    pub async fn forgetting_what_is_not_there_does_nothing(store: &dyn TokenStore) {
        save(store, &acme(), "first", None).await;
        for _ in 0..2 {
            let forgotten = store.forget_connection(&other()).await;
            forgotten.expect("nothing is forgotten");
        }
        assert!(kept(store, &acme()).await.is_some());
    }

    /// Each practice has a connection and a rotation of its own.
    pub async fn a_connection_belongs_to_its_practice(store: &dyn TokenStore) {
        let first = save(store, &acme(), "acme", None).await;
        assert!(kept(store, &other()).await.is_none());
        save(store, &other(), "other", None).await;
        save(store, &acme(), "again", Some(first)).await;
        let (found, _) = kept(store, &other()).await.expect("the connection");
        same(&found, &connection("other"));
        store.forget_connection(&other()).await.expect("forgotten");
        let (found, _) = kept(store, &acme()).await.expect("the connection");
        same(&found, &connection("again"));
    }

    /// Of several that save over one rotation, one is first and the others are refused.
    pub async fn of_several_that_rotate_one_is_first(store: &dyn TokenStore) {
        let first = save(store, &acme(), "first", None).await;
        let practice = acme();
        let connections: Vec<_> = ["a", "b", "c", "d"].map(connection).into();
        let saves = connections
            .iter()
            .map(|connection| store.save_connection(&practice, connection, Some(first)));
        let answers = at_once(saves).await;
        let saved: Vec<_> = answers
            .iter()
            .zip(&connections)
            .filter(|(answer, _)| answer.is_ok())
            .collect();
        assert_eq!(saved.len(), 1, "of four over one rotation: {answers:?}");
        let (found, rotation) = kept(store, &practice).await.expect("the connection");
        assert_eq!(rotation, Rotation(first.0 + 1));
        same(&found, saved[0].1);
    }

    /// No `Debug` shows a secret: not that of the store, of what it gives, or of its errors.
    pub async fn no_debug_shows_a_secret(store: &dyn TokenStore) {
        let first = save(store, &acme(), "s3cret", None).await;
        let connection = connection("s3cret");
        let late = store.save_connection(&acme(), &connection, None).await;
        let shown = format!(
            "{store:?} {:?} {late:?} {}",
            kept(store, &acme()).await,
            late.as_ref()
                .map_or_else(ToString::to_string, |_| String::new()),
        );
        assert!(!shown.contains("s3cret"), "a secret is shown");
        let (_, rotation) = kept(store, &acme()).await.expect("the connection");
        assert_eq!(rotation, first);
    }
}
