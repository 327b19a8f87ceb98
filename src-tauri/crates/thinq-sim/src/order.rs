//! Orders to the open sockets of the callback.

/// A frame for a client, sent unchanged and regardless of subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawFrame {
    /// One text message.
    Text(String),
    /// One binary message.
    Binary(Vec<u8>),
    /// One text message in as many frames as there are pieces.
    Fragments(Vec<String>),
}

/// An order to one open socket.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    Deliver(RawFrame),
    /// Close with this code.
    Close(u16),
    /// End the TCP connection with a reset, without a close frame.
    Reset,
    Pings(usize),
}
