//! The window's and the command line's end.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio::{
    io::{ReadHalf, WriteHalf},
    sync::{Mutex as AsyncMutex, oneshot},
};

use super::{Asked, LineReader, LineWriter, PROTOCOL, Said, SocketError, Stream, platform, split};
use crate::{Request, Response, Told};

type BoxedStream = Box<dyn Stream>;
/// Who waits for which answer; `None` once the connection is over.
type Waiting = Arc<Mutex<Option<HashMap<u32, oneshot::Sender<Response>>>>>;

/// Asks. Answers arrive only while somebody polls the [`Incoming`] that came with it.
pub struct Client {
    writer: AsyncMutex<LineWriter<WriteHalf<BoxedStream>>>,
    waiting: Waiting,
    last_id: AtomicU32,
}

/// Hears: hands answers to those who asked and returns what was told.
pub struct Incoming {
    reader: LineReader<ReadHalf<BoxedStream>>,
    waiting: Waiting,
}

impl Client {
    /// Connects and checks that both sides speak the same [`PROTOCOL`].
    pub async fn connect(path: &Path) -> Result<(Self, Incoming), SocketError> {
        let stream: BoxedStream = Box::new(platform::connect(path).await?);
        let (mut reader, writer) = split(stream);
        match reader.next().await? {
            Some(Said::Hello { protocol: PROTOCOL }) => {}
            Some(Said::Hello { protocol }) => {
                return Err(SocketError::OtherProtocol { theirs: protocol });
            }
            Some(Said::Answer { .. } | Said::Told(_)) => return Err(SocketError::Garbled(None)),
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

    /// Fails with [`SocketError::Closed`] when the connection ends before the answer.
    pub async fn ask(&self, request: Request) -> Result<Response, SocketError> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        match self.waiting.lock().expect("no holder of the lock panics").as_mut() {
            Some(waiting) => waiting.insert(id, answer),
            None => return Err(SocketError::Closed),
        };
        self.writer.lock().await.send(&Asked { id, request }).await?;
        answered.await.map_err(|_| SocketError::Closed)
    }
}

impl Incoming {
    /// What is told next, or `None` when the resident program is gone. Cancel safe.
    pub async fn next(&mut self) -> Result<Option<Told>, SocketError> {
        loop {
            match self.reader.next().await? {
                Some(Said::Told(told)) => return Ok(Some(told)),
                Some(Said::Answer { id, response }) => {
                    let mut waiting = self.waiting.lock().expect("no holder of the lock panics");
                    if let Some(answer) = waiting.as_mut().and_then(|waiting| waiting.remove(&id)) {
                        // Who asked may have stopped waiting.
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
        self.waiting.lock().expect("no holder of the lock panics").take();
    }
}

/// Connects, asks one thing and hangs up.
pub async fn ask_once(path: &Path, request: Request) -> Result<Response, SocketError> {
    let (client, mut incoming) = Client::connect(path).await?;
    let asked = client.ask(request);
    tokio::pin!(asked);
    loop {
        tokio::select! {
            answered = &mut asked => return answered,
            told = incoming.next() => if told?.is_none() {
                break;
            },
        }
    }
    // The last thing heard may have been the answer.
    drop(incoming);
    asked.await
}
