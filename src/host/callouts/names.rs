//! Names that filters have resolved (Envoy's own `envoy_resolve_dns`).

use std::collections::BTreeMap;

use bytes::Bytes;

/// Addresses by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub BTreeMap<String, Vec<String>>);

/// How long an answer is good for, in seconds.
const TIME_TO_LIVE: u32 = 60;

impl Names {
    /// What the guest gets: their number, how long each is good for, and the addresses with a NUL behind each.
    pub fn resolve(&self, name: &[u8]) -> Option<Bytes> {
        let addresses = self.0.get(std::str::from_utf8(name).ok()?)?;
        let count = u32::try_from(addresses.len()).ok()?;
        let mut bytes = count.to_le_bytes().to_vec();
        bytes.extend(TIME_TO_LIVE.to_le_bytes().repeat(addresses.len()));
        for address in addresses {
            bytes.extend(address.as_bytes());
            bytes.push(0);
        }
        Some(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_with_their_number_and_time_to_live() {
        let addresses = vec!["1.2.3.4".to_owned(), "::1".to_owned()];
        let names = Names(BTreeMap::from([("a.test".to_owned(), addresses)]));
        let bytes = names.resolve(b"a.test").expect("the name is known");
        assert_eq!(&bytes[..], b"\x02\0\0\0\x3c\0\0\0\x3c\0\0\x001.2.3.4\0::1\0");
        assert_eq!(names.resolve(b"b.test"), None);
    }
}
