//! Arguments of foreign functions: small protobuf messages.

use bytes::Bytes;

use super::Fault;
use crate::abi::Status;
use crate::host::properties::proto::{Fields, Wire};

/// The fields of an argument message: of several with one number the last counts.
pub(super) struct Arguments(Vec<(u32, Wire)>);

impl Arguments {
    /// Reads a message; anything malformed is a bad argument.
    pub fn read(bytes: Vec<u8>) -> Result<Self, Fault> {
        let fields: Result<Vec<_>, _> = Fields::new(&Bytes::from(bytes)).collect();
        fields.map(Self).map_err(|_| Status::BadArgument.into())
    }

    pub fn bytes(&self, number: u32) -> Bytes {
        let found = self.0.iter().rev().find_map(|(found, wire)| match wire {
            Wire::Bytes(bytes) if *found == number => Some(bytes.clone()),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// A string field: each of its values must be UTF-8.
    pub fn text(&self, number: u32) -> Result<String, Fault> {
        let all = self.0.iter().filter_map(|(found, wire)| match wire {
            Wire::Bytes(bytes) if *found == number => Some(bytes),
            _ => None,
        });
        let mut last = String::new();
        for bytes in all {
            last = std::str::from_utf8(bytes).map_err(|_| Status::BadArgument)?.to_owned();
        }
        Ok(last)
    }

    /// A number, truth or enumeration.
    pub fn number(&self, number: u32) -> u64 {
        let found = self.0.iter().rev().find_map(|(found, wire)| match wire {
            Wire::Varint(value) if *found == number => Some(*value),
            _ => None,
        });
        found.unwrap_or_default()
    }
}
