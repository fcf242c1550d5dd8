//! The whole life of a connection to XPM, over the real store, the real adapter, the real scheduler
//! and the simulated XPM, on clocks that are set by hand: connected, used, expired, refreshed,
//! a lost refresh, revoked, connected again, disconnected.

mod world;

use chrono::TimeDelta;
use workflow::ports::clock::Clock as _;
use workflow::ports::gateway::DirectoryPart;
use workflow::ports::tokens::TokenStore as _;
use workflow::practice::Link;
use xpm_adapter::Disconnected;
use xpm_sandbox::{CallKind, Fault, FaultPlan};

use crate::world::{World, id};

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_life_of_a_connection() {
    let world = World::begin().await;
    let half_an_hour = TimeDelta::minutes(31);

    // Not connected: what is due waits, and nothing is sent.
    world.add_due(0).await;
    let report = world.run().await;
    assert_eq!((report.deployed, report.parked), (0, 0), "{report:?}");
    assert_eq!(world.sandbox.state().calls_spent().total, 0);
    assert_eq!(world.link().await, Link::NotConnected);

    // Connected: it is deployed, and the directory is listed, archived clients left out.
    world.connect().await;
    assert_eq!(world.refreshes(), 1, "a code for tokens");
    world.forward(TimeDelta::hours(1));
    let report = world.run().await;
    assert_eq!((report.deployed, world.jobs()), (1, 1), "{report:?}");
    let clients = world.practice().listings(DirectoryPart::Clients).await;
    assert_eq!(clients.unwrap().len(), 19);
    let staff = world.practice().listings(DirectoryPart::Staff).await;
    assert_eq!(staff.unwrap().len(), 8);

    // Expired, by our clock and then by theirs alone: one refresh each.
    for by_both in [true, false] {
        let before = world.refreshes();
        if by_both {
            world.forward(half_an_hour);
        } else {
            world.theirs.forward(half_an_hour);
        }
        world.add_due(1).await;
        assert_eq!(world.run().await.deployed, 1);
        assert_eq!(world.refreshes(), before + 1);
    }
    assert_eq!(world.jobs(), 3);

    // The reply to a refresh is lost after Xero has rotated: the old token goes on working.
    world.forward(half_an_hour);
    let lost = FaultPlan::none().nth(1, CallKind::Token, Fault::LostAfterCommit);
    world.sandbox.state().set_faults(lost).unwrap();
    let token = world.refresh_token().await;
    world.add_due(2).await;
    let report = world.run().await;
    assert_eq!((report.deployed, report.parked), (0, 0), "{report:?}");
    assert_eq!(
        world.refresh_token().await,
        token,
        "nothing was rotated here"
    );
    assert!(matches!(world.link().await, Link::Connected { .. }));
    world.forward(TimeDelta::minutes(10));
    assert_eq!(world.run().await.deployed, 1);
    assert_ne!(world.refresh_token().await, token);
    assert_eq!(world.jobs(), 4);

    // Revoked at Xero: the practice is shown as to be reconnected, and everything due is kept.
    let revoked = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(world.sandbox.revocation_url())
        .basic_auth("sandbox-app", Some("sandbox-secret"))
        .form(&[("token", world.refresh_token().await)])
        .send();
    assert!(revoked.await.unwrap().status().is_success());
    let waiting = [world.add_due(3).await, world.add_due(4).await];
    let report = world.run().await;
    assert_eq!((report.deployed, report.parked), (0, 0), "{report:?}");
    let Link::Broken { reason } = world.link().await else {
        panic!("{:?}", world.link().await);
    };
    assert_eq!(reason, "the connection has expired or was revoked");
    let preflight = world.practice().preflight(60).await.unwrap();
    assert!(preflight.fails(), "{preflight:?}");
    let (asked, spent) = (world.refreshes(), world.sandbox.state().calls_spent().total);
    for _ in 0..3 {
        world.forward(TimeDelta::days(1));
        assert_eq!(world.run().await.deployed, 0);
    }
    assert_eq!(world.refreshes(), asked, "nobody asks in vain");
    assert_eq!(world.sandbox.state().calls_spent().total, spent);

    // Connected again: all of it is deployed, and nobody had to ask.
    world.connect().await;
    world.forward(TimeDelta::hours(2));
    let report = world.run().await;
    assert_eq!((report.deployed, world.jobs()), (2, 6), "{report:?}");
    for workflow in waiting {
        let made = world.practice().deployments_of(workflow).await.unwrap();
        assert!(made[0].value.job().is_some());
    }

    // Disconnected: Xero is told, and the tokens are gone.
    let ended = world.xpm.disconnect(&id()).await.unwrap();
    assert_eq!(ended, Disconnected::Revoked);
    assert!(world.store.connection(&id()).await.unwrap().is_none());
    assert!(!world.sandbox.state().overview().connected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_practice_never_expires_while_the_server_runs() {
    let world = World::begin().await;
    world.connect().await;
    for _ in 0..100 {
        world.forward(TimeDelta::days(1));
        let report = world.run().await;
        assert!(report.calls <= 50, "a twentieth of a day: {report:?}");
    }
    let until = world.practice().connected_until().await.unwrap().unwrap();
    assert!(until > world.ours.now() + TimeDelta::days(58));
    world.add_due(0).await;
    assert_eq!(world.run().await.deployed, 1);

    // Where nothing runs for that long, preflight says so ahead, and then it has expired.
    world.forward(TimeDelta::days(50));
    let until = world.practice().connected_until().await.unwrap().unwrap();
    assert!(until < world.ours.now() + TimeDelta::days(14));
    world.forward(TimeDelta::days(11));
    world.add_due(1).await;
    assert_eq!(world.run().await.deployed, 0);
    assert!(matches!(world.link().await, Link::Broken { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_xpm_lists_is_asked_for_as_soon_as_the_practice_is_connected_again() {
    let world = World::begin().await;
    world.connect().await;
    world.run().await;
    world.forward(TimeDelta::days(1));
    world.sandbox.state().revoke().unwrap();
    world.run().await;
    assert!(matches!(world.link().await, Link::Broken { .. }));
    let listed = async || {
        let directory = world.practice().directory().await.unwrap();
        directory.unwrap().value.listed(DirectoryPart::Staff)
    };
    let before = listed().await;
    assert!(before.trouble.is_some(), "{before:?}");
    world.forward(TimeDelta::minutes(10));
    world.connect().await;
    world.run().await;
    let after = listed().await;
    assert_eq!(after.trouble, None);
    assert!(after.at > before.at, "{after:?}");
}
