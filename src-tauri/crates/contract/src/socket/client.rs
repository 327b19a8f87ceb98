//! Client end, used by the window and the command line.

use std::{
    collections::HashMap,
    path::Path,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    io::{ReadHalf, WriteHalf},
    sync::{Mutex as AsyncMutex, oneshot},
    time::{sleep, timeout},
};

use super::{Asked, LineReader, LineWriter, PROTOCOL, Said, SocketError, Stream, platform, split};
use crate::{Request, Response, Update};

/// Time limit for the first line of the resident program, which it sends at once.
const GREETING_PATIENCE: Duration = Duration::from_secs(2);
/// Time limit for requests that need no network and no user.
const ANSWER_PATIENCE: Duration = Duration::from_millis(2_500);
/// Interval of checks while a request may take long.
const BETWEEN_CHECKS: Duration = Duration::from_secs(2);

type BoxedStream = Box<dyn Stream>;
/// Pending requests by id; `None` once the connection is closed.
type Waiting = Arc<Mutex<Option<HashMap<u32, oneshot::Sender<Response>>>>>;

/// Sends requests. Responses arrive only while the matching [`Incoming`] is polled.
pub struct Client {
    writer: AsyncMutex<LineWriter<WriteHalf<BoxedStream>>>,
    waiting: Waiting,
    last_id: AtomicU32,
}

/// Receives: routes responses to their requests and returns updates.
pub struct Incoming {
    reader: LineReader<ReadHalf<BoxedStream>>,
    waiting: Waiting,
}

impl Client {
    /// Connects and verifies that both sides use the same [`PROTOCOL`]. Fails with
    /// [`SocketError::Unresponsive`] if the resident program does not greet.
    pub async fn connect(path: &Path) -> Result<(Self, Incoming), SocketError> {
        timeout(GREETING_PATIENCE, Self::greeted(path))
            .await
            .unwrap_or(Err(SocketError::Unresponsive))
    }

    async fn greeted(path: &Path) -> Result<(Self, Incoming), SocketError> {
        let stream: BoxedStream = Box::new(platform::connect(path).await?);
        let (mut reader, writer) = split(stream);
        match reader.next().await? {
            Some(Said::Hello { protocol: PROTOCOL }) => {}
            Some(Said::Hello { protocol }) => {
                return Err(SocketError::OtherProtocol { theirs: protocol });
            }
            Some(Said::Answer { .. } | Said::Update(_)) => return Err(SocketError::Garbled(None)),
            None => return Err(SocketError::Closed),
        }
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        let client = Self {
            writer: AsyncMutex::new(writer),
            waiting: Arc::clone(&waiting),
            last_id: AtomicU32::new(0),
        };
        Ok((client, Incoming { reader, waiting }))
    }

    /// Fails with [`SocketError::Closed`] if the connection ends before the response.
    pub async fn ask(&self, request: Request) -> Result<Response, SocketError> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        match self.waiting.lock().as_mut() {
            Some(waiting) => waiting.insert(id, answer),
            None => return Err(SocketError::Closed),
        };
        self.writer.lock().await.send(&Asked { id, request }).await?;
        answered.await.map_err(|_| SocketError::Closed)
    }
}

impl Incoming {
    /// Returns the next update, or `None` once the resident program has disconnected. Cancel safe.
    pub async fn next(&mut self) -> Result<Option<Update>, SocketError> {
        loop {
            match self.reader.next().await? {
                Some(Said::Update(told)) => return Ok(Some(told)),
                Some(Said::Answer { id, response }) => {
                    let mut waiting = self.waiting.lock();
                    if let Some(answer) = waiting.as_mut().and_then(|waiting| waiting.remove(&id)) {
                        // The requester may have stopped waiting.
                        drop(answer.send(response));
                    }
                }
                Some(Said::Hello { .. }) => return Err(SocketError::Garbled(None)),
                None => return Ok(None),
            }
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.waiting.lock().take();
    }
}

/// Connects, sends a single request and disconnects. Fails with [`SocketError::Unresponsive`] if the
/// resident program hangs, also while it handles a request that may take long.
pub async fn ask_once(path: &Path, request: Request) -> Result<Response, SocketError> {
    let (client, mut incoming) = Client::connect(path).await?;
    let is_quick = request.is_quick();
    let mut asked = pin!(client.ask(request));
    let mut given_up = pin!(async {
        if is_quick { sleep(ANSWER_PATIENCE).await } else { until_unresponsive(path).await }
    });
    loop {
        tokio::select! {
            answered = &mut asked => return answered,
            told = incoming.next() => if told?.is_none() {
                break;
            },
            () = &mut given_up => return Err(SocketError::Unresponsive),
        }
    }
    // The last line received may have been the response.
    drop(incoming);
    asked.await
}

/// Returns when the resident program no longer greets. Never returns while it does, or once it has
/// ended.
pub async fn until_unresponsive(path: &Path) {
    loop {
        sleep(BETWEEN_CHECKS).await;
        // An end is noticed by the connection itself.
        if let Err(SocketError::Unresponsive) = Client::connect(path).await {
            return;
        }
    }
}
