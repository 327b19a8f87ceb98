//! MQTT 3.1.1 packets, as far as a subscriber needs them. Written from the OASIS standard and
//! independent of the client's library, so that the two check each other.

use std::io;

use tokio_util::{
    bytes::{Buf, Bytes, BytesMut},
    codec::Decoder,
};

use crate::session::Delivery;

/// A packet from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Packet {
    Connect(Connect),
    Subscribe {
        packet_id: u16,
        /// Topic filters with the requested quality of service.
        filters: Vec<(String, u8)>,
    },
    Unsubscribe {
        packet_id: u16,
        filters: Vec<String>,
    },
    PubAck {
        packet_id: u16,
    },
    Publish,
    PingReq,
    Disconnect,
}

/// A CONNECT packet. User name, password and will are read and ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connect {
    pub(super) client_id: String,
    pub(super) is_clean: bool,
    /// In seconds; 0 means none.
    pub(super) keep_alive_s: u16,
}

pub(super) const PINGRESP: [u8; 2] = [0xd0, 0];

/// Decodes packets of up to `limit` bytes after the fixed header.
pub(super) struct PacketDecoder {
    pub(super) limit: usize,
}

impl Decoder for PacketDecoder {
    type Item = Packet;
    type Error = io::Error;

    fn decode(&mut self, buffer: &mut BytesMut) -> io::Result<Option<Packet>> {
        let Some((header_length, length)) = remaining_length(buffer)? else { return Ok(None) };
        if length > self.limit {
            return Err(malformed("packet is too long"));
        }
        if buffer.len() < header_length + length {
            return Ok(None);
        }
        let first = buffer[0];
        buffer.advance(header_length);
        let body = Body(buffer.split_to(length).freeze());
        parse(first, body).map(Some).ok_or_else(|| malformed("packet is malformed"))
    }
}

fn malformed(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Length of the fixed header and of the rest; `None` while the header is incomplete.
fn remaining_length(buffer: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let mut length = 0;
    for (index, byte) in buffer.iter().skip(1).take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((index + 2, length)));
        }
    }
    if buffer.len() > 4 { Err(malformed("remaining length is malformed")) } else { Ok(None) }
}

fn parse(first: u8, mut body: Body) -> Option<Packet> {
    let packet = match first {
        0x10 => Packet::Connect(connect(&mut body)?),
        // Its content does not matter: no client may publish.
        0x30..=0x3f => return Some(Packet::Publish),
        0x40 => Packet::PubAck { packet_id: body.number()? },
        0x82 => {
            let packet_id = body.number()?;
            let mut filters = Vec::new();
            while !body.is_empty() {
                filters.push((body.text()?, body.byte()?));
            }
            Packet::Subscribe { packet_id, filters }
        }
        0xa2 => {
            let packet_id = body.number()?;
            let mut filters = Vec::new();
            while !body.is_empty() {
                filters.push(body.text()?);
            }
            Packet::Unsubscribe { packet_id, filters }
        }
        0xc0 => Packet::PingReq,
        0xe0 => Packet::Disconnect,
        _ => return None,
    };
    body.is_empty().then_some(packet)
}

fn connect(body: &mut Body) -> Option<Connect> {
    const CLEAN_SESSION: u8 = 0x02;
    const WILL: u8 = 0x04;
    const PASSWORD: u8 = 0x40;
    const USER_NAME: u8 = 0x80;

    if body.text()? != "MQTT" || body.byte()? != 4 {
        return None;
    }
    let flags = body.byte()?;
    let keep_alive_s = body.number()?;
    let client_id = body.text()?;
    let has = |flag| flags & flag != 0;
    // A will is two fields: topic and message.
    let ignored = [has(WILL), has(WILL), has(USER_NAME), has(PASSWORD)];
    for _ in ignored.into_iter().filter(|&is_there| is_there) {
        body.bytes()?;
    }
    Some(Connect { client_id, is_clean: has(CLEAN_SESSION), keep_alive_s })
}

/// The bytes after the fixed header.
struct Body(Bytes);

impl Body {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn byte(&mut self) -> Option<u8> {
        self.0.try_get_u8().ok()
    }

    fn number(&mut self) -> Option<u16> {
        self.0.try_get_u16().ok()
    }

    fn bytes(&mut self) -> Option<Bytes> {
        let length = usize::from(self.number()?);
        (self.0.len() >= length).then(|| self.0.split_to(length))
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

pub(super) fn connack(is_session_present: bool) -> Vec<u8> {
    vec![0x20, 2, u8::from(is_session_present), 0]
}

/// Grants each requested quality of service up to `QoS` 1.
pub(super) fn suback(packet_id: u16, requested: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut body = packet_id.to_be_bytes().to_vec();
    body.extend(requested.into_iter().map(|qos| qos.min(1)));
    packet(0x90, &body)
}

pub(super) fn unsuback(packet_id: u16) -> Vec<u8> {
    packet(0xb0, &packet_id.to_be_bytes())
}

pub(super) fn publish(delivery: &Delivery) -> Vec<u8> {
    const QOS_1: u8 = 0x02;
    const DUP: u8 = 0x08;

    let topic_length = u16::try_from(delivery.topic.len()).unwrap_or(u16::MAX);
    let mut body = topic_length.to_be_bytes().to_vec();
    body.extend(delivery.topic.bytes());
    body.extend(delivery.packet_id.to_be_bytes());
    body.extend(delivery.payload.bytes());
    packet(0x30 | QOS_1 | if delivery.is_duplicate { DUP } else { 0 }, &body)
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut length = body.len();
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or_default();
        length >>= 7;
        bytes.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    bytes.extend(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> io::Result<Option<Packet>> {
        PacketDecoder { limit: 1024 }.decode(&mut BytesMut::from(bytes))
    }

    /// As LG's own client sends it: a user name, no password, the session kept.
    const CONNECT: &[u8] = b"\x10\x12\x00\x04MQTT\x04\x80\x00\x06\x00\x03abc\x00\x01u";

    #[test]
    fn a_connect_packet_is_read_with_its_user_name_ignored() {
        let connect = Connect { client_id: "abc".to_owned(), is_clean: false, keep_alive_s: 6 };

        assert_eq!(decode(CONNECT).unwrap(), Some(Packet::Connect(connect)));
    }

    #[test]
    fn an_incomplete_packet_waits_for_the_rest() {
        for length in 0..CONNECT.len() {
            assert_eq!(decode(&CONNECT[..length]).unwrap(), None, "{length} bytes");
        }
    }

    #[test]
    fn subscriptions_and_acknowledgements_are_read() {
        let cases = [
            (
                &b"\x82\x08\x00\x01\x00\x03a/b\x01"[..],
                Packet::Subscribe { packet_id: 1, filters: vec![("a/b".to_owned(), 1)] },
            ),
            (
                b"\xa2\x07\x00\x02\x00\x03a/b",
                Packet::Unsubscribe { packet_id: 2, filters: vec!["a/b".to_owned()] },
            ),
            (b"\x40\x02\x01\x00", Packet::PubAck { packet_id: 256 }),
            (b"\x30\x03\x00\x01a", Packet::Publish),
            (b"\xc0\x00", Packet::PingReq),
            (b"\xe0\x00", Packet::Disconnect),
        ];

        for (bytes, packet) in cases {
            assert_eq!(decode(bytes).unwrap(), Some(packet));
        }
    }

    #[test]
    fn malformed_and_long_packets_are_errors() {
        for bytes in [
            &b"\x00\x00"[..],
            b"\x40\x01\x00",
            b"\x40\x03\x00\x01\x00",
            b"\x82\x05\x00\x01\x00\x09a",
            b"\xc0\xff\xff\xff\xff\x7f",
            b"\xc0\x81\x08",
            b"\x10\x0c\x00\x04MQTT\x05\x00\x00\x06\x00\x00",
        ] {
            assert!(decode(bytes).is_err(), "{bytes:x?}");
        }
    }

    #[test]
    fn a_long_message_has_a_length_of_several_bytes() {
        let delivery = Delivery {
            packet_id: 7,
            is_duplicate: true,
            topic: "t".to_owned(),
            payload: "x".repeat(300),
        };

        let bytes = publish(&delivery);

        assert_eq!(bytes[..6], [0x3a, 0xb1, 0x02, 0x00, 0x01, b't']);
        assert_eq!(bytes[6..9], [0, 7, b'x']);
        assert_eq!(bytes.len(), 3 + 305);
    }

    #[test]
    fn answers_are_what_the_standard_says() {
        assert_eq!(connack(true), [0x20, 2, 1, 0]);
        assert_eq!(suback(258, [2, 0]), [0x90, 4, 1, 2, 1, 0]);
        assert_eq!(unsuback(1), [0xb0, 2, 0, 1]);
    }
}
