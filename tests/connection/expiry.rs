//! A connection that comes to its end unused is told of in the log and on the pages, although no
//! call is made that could show it. On its own: what is logged here is what these tests log.

#[expect(dead_code, reason = "the tests of a connection's life use more of it")]
mod world;

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use chrono::TimeDelta;
use scheduler::{DirectoryRefresh, Options, Scheduler};
use tower::ServiceExt as _;
use tracing::subscriber::DefaultGuard;
use workflow::audit::Actor;
use workflow::ports::gateway::JobGateway as _;
use workflow::web::{self, LocalHost};

use crate::world::{World, id};

/// What is logged.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Keeps what this thread logs, warnings and worse, until the guard goes.
    fn of_this_thread() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    /// Takes what was logged.
    fn warnings(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

/// What the overview of the practice says.
async fn page(world: &World) -> String {
    let host = LocalHost::new(id(), Actor::person("Mere"));
    let request = Request::get("/").header(header::HOST, "localhost");
    let request = request.body(Body::empty()).unwrap();
    let tab = web::router(world.workflows.clone(), host);
    let answer = tab.oneshot(request).await.unwrap();
    let body = to_bytes(answer.into_body(), 8 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Serves for so many hours without listing anything of XPM's, an hour at a time.
async fn serve_for(world: &World, hours: u32) {
    let options = Options::for_gateway(world.xpm.worst_case());
    let scheduler = Scheduler::new(world.workflows.clone()).with(options);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = scheduler.run(async {
        // Whoever lets go of the other end stops it.
        drop(stopped.await);
    });
    let passing = async {
        for _ in 0..hours {
            world.ours.sleepers_reach(1).await;
            world.forward(TimeDelta::hours(1));
        }
        world.ours.sleepers_reach(1).await;
        drop(stop);
    };
    let (report, ()) = tokio::join!(serving, passing);
    assert_eq!(report.unwrap().calls, 0);
}

#[tokio::test]
async fn a_connection_that_nothing_uses_is_warned_of_though_no_call_is_made() {
    let (lines, _logging) = Lines::of_this_thread();
    let world = World::begin().await;
    world.connect().await;
    world.run().await;
    let spent = || world.sandbox.state().calls_spent().total;
    let (before, asked) = (spent(), world.refreshes());
    let left = DirectoryRefresh::Left;

    // Nothing is due and nobody lists anything: nothing to say while there is time.
    world.forward(TimeDelta::days(45));
    assert_eq!(world.run_with(left).await.calls, 0);
    assert_eq!(lines.warnings(), [""; 0]);
    assert!(!page(&world).await.contains("expires on"));

    // Thirteen days before the end.
    world.forward(TimeDelta::days(2));
    assert_eq!(world.run_with(left).await.calls, 0);
    let warned = lines.warnings();
    let [warning] = warned.as_slice() else {
        panic!("one warning: {warned:?}");
    };
    assert!(warning.contains("expires unless it is used"), "{warning}");
    assert!(
        warning.contains("practice=harbour until=2027-01-22"),
        "{warning}"
    );
    assert!(
        page(&world)
            .await
            .contains("The connection to XPM expires on")
    );

    // It is past, and not said to come.
    world.forward(TimeDelta::days(14));
    assert_eq!(world.run_with(left).await.calls, 0);
    let warned = lines.warnings();
    assert!(
        warned[0].contains("has expired: connect the practice again"),
        "{warned:?}"
    );
    assert!(page(&world).await.contains("was left unused until"));
    assert_eq!(
        (spent(), world.refreshes()),
        (before, asked),
        "no call was made"
    );
}

/// A server that runs tells it once a day, and not at each look; one that lists what XPM has uses
/// the connection, and has nothing to tell.
#[tokio::test]
async fn it_is_told_once_a_day_and_not_where_the_directory_is_kept() {
    let (lines, _logging) = Lines::of_this_thread();
    let world = World::begin().await;
    world.connect().await;
    world.run().await;
    world.forward(TimeDelta::days(50));
    serve_for(&world, 49).await;
    let told = lines.warnings();
    assert_eq!(
        told.len(),
        3,
        "at first, and a day and two days later: {told:?}"
    );
    let before = world.refreshes();
    world.run().await;
    assert!(world.refreshes() > before, "it was used");
    assert_eq!(lines.warnings(), [""; 0]);
    serve_for(&world, 49).await;
    assert_eq!(lines.warnings(), [""; 0], "it lasts for sixty days again");
}
