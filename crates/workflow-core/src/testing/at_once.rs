//! Several futures at once, on any executor.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// Polls all futures in turn until each is ready, and gives their results in the order given.
pub(crate) async fn at_once<T>(
    futures: impl IntoIterator<Item = impl Future<Output = T> + Send>,
) -> Vec<T>
where
    T: Send,
{
    let mut waiting: Vec<Pin<Box<_>>> = futures.into_iter().map(Box::pin).collect();
    let mut results: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    poll_fn(|cx| {
        let mut all = true;
        for (future, result) in waiting.iter_mut().zip(&mut results) {
            if result.is_none() {
                match future.as_mut().poll(cx) {
                    Poll::Ready(value) => *result = Some(value),
                    Poll::Pending => all = false,
                }
            }
        }
        if all { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    results.into_iter().flatten().collect()
}
