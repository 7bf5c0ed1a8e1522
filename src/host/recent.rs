//! Short byte strings that guests pass again and again.

use bytes::Bytes;

/// Longest string that is remembered, in bytes.
const LONGEST: usize = 64;
/// How many are remembered.
const SLOTS: usize = 64;

/// The header names and values that were passed last. Most filters pass the same ones with every request; they are one
/// copy then, in the maps and in the trace.
#[derive(Debug)]
pub struct Recent {
    slots: Vec<Bytes>,
}

impl Default for Recent {
    fn default() -> Self {
        Self { slots: vec![Bytes::new(); SLOTS] }
    }
}

impl Recent {
    /// These bytes, in a copy that was made before if there is one.
    pub fn copy(&mut self, bytes: &[u8]) -> Bytes {
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return Bytes::new() };
        if bytes.len() > LONGEST {
            return Bytes::copy_from_slice(bytes);
        }
        let middle = bytes[bytes.len() / 2];
        let mixed = bytes.len() * 31 + usize::from(*first) * 7 + usize::from(middle) * 3 + usize::from(*last);
        let slot = &mut self.slots[mixed % SLOTS];
        if *slot != bytes {
            *slot = Bytes::copy_from_slice(bytes);
        }
        slot.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_again_is_one_copy_and_nothing_is_mixed_up() {
        let mut recent = Recent::default();
        let first = recent.copy(b"x-mask-policy");
        assert_eq!(recent.copy(b"x-mask-policy").as_ptr(), first.as_ptr());
        // All of one length and with the same ends: they share a slot.
        for letter in b'a'..=b'z' {
            let name = [b'x', letter, b'm', b'y'];
            assert_eq!(recent.copy(&name), &name[..]);
        }
        assert_eq!(recent.copy(b""), Bytes::new());
        let long = [b'v'; LONGEST + 1];
        assert_eq!(recent.copy(&long), &long[..]);
        assert_eq!(recent.copy(b"x-mask-policy"), first);
    }
}
