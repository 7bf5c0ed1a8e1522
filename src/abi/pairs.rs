//! The wire form of header maps and property maps (`host-spec`, section 4.1).
//!
//! ```text
//! u32 LE  count
//! count x { u32 LE name length, u32 LE value length }
//! count x { name, 0x00, value, 0x00 }
//! ```

use bytes::Bytes;

/// Longest serialized map that Envoy takes from a guest, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// Most pairs that Envoy takes from a guest.
pub const MAX_PAIRS: usize = 1024;

/// Serializes pairs; no pairs give the four bytes of a zero count.
pub fn encode<'a>(pairs: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone) -> Vec<u8> {
    let (count, length) = pairs.clone().fold((0u32, 4), |(count, length), (name, value)| {
        (count + 1, length + 10 + name.len() + value.len())
    });
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(count.to_le_bytes());
    for (name, value) in pairs.clone() {
        bytes.extend((name.len() as u32).to_le_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
    }
    for (name, value) in pairs {
        bytes.extend(name);
        bytes.push(0);
        bytes.extend(value);
        bytes.push(0);
    }
    bytes
}

/// Reads a map that a guest passes. Malformed, too long or with bytes left over: `None`,
/// which Envoy treats as an empty map.
pub fn decode(bytes: &[u8]) -> Option<Vec<(Bytes, Bytes)>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let word = |at: usize| {
        let four = bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(four.try_into().ok()?) as usize)
    };
    let count = word(0)?;
    if count > MAX_PAIRS {
        return None;
    }
    let mut at = 4 + count * 8;
    let mut text = |length: usize| {
        let end = at.checked_add(length)?;
        let text = bytes.get(at..end)?;
        (*bytes.get(end)? == 0).then_some(())?;
        at = end + 1;
        Some(Bytes::copy_from_slice(text))
    };
    let mut pairs = Vec::with_capacity(count);
    for index in 0..count {
        let lengths = 4 + index * 8;
        pairs.push((text(word(lengths)?)?, text(word(lengths + 4)?)?));
    }
    (at == bytes.len()).then_some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(pairs: &[(&str, &str)]) -> Vec<u8> {
        encode(pairs.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())))
    }

    #[test]
    fn pairs_survive_the_round_trip() {
        let bytes = encoded(&[("a", "1"), ("bc", "")]);
        assert_eq!(bytes.len(), 4 + 10 + 2 + 10 + 2);
        assert_eq!(decode(&bytes), Some(vec![("a".into(), "1".into()), ("bc".into(), "".into())]));
    }

    #[test]
    fn an_empty_map_has_two_forms() {
        assert_eq!(decode(&[]), Some(vec![]));
        assert_eq!(encoded(&[]), [0, 0, 0, 0]);
        assert_eq!(decode(&[0, 0, 0, 0]), Some(vec![]));
    }

    #[test]
    fn anything_malformed_is_refused_whole() {
        let good = encoded(&[("a", "1")]);
        let mut trailing = good.clone();
        trailing.push(0);
        let mut unterminated = good.clone();
        unterminated[13] = 1;
        let mut overrun = good.clone();
        overrun[4] = 200;
        let mut huge_length = good.clone();
        huge_length[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        for bytes in [trailing, unterminated, overrun, huge_length, good[..9].to_vec(), vec![0]] {
            assert_eq!(decode(&bytes), None);
        }
        assert_eq!(decode(&1025u32.to_le_bytes()), None);
    }
}
