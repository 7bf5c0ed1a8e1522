//! Signatures as Envoy's foreign functions `sign` and `verify_signature` make and check them.
//!
//! Keys are those of scenarios and sample filters: nothing here hides from somebody who measures time. Which keys are
//! taken, and the words for those that are not, are BoringSSL's and Envoy's (asked of Envoy 1.40).

mod curves;
mod der;
mod keys;
mod rsa;

use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

pub(super) use keys::{PrivateKey, PublicKey};

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// By its name in any case.
    fn by_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "sha1" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => return None,
        })
    }

    fn digest(self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(text).to_vec(),
            Self::Sha224 => Sha224::digest(text).to_vec(),
            Self::Sha256 => Sha256::digest(text).to_vec(),
            Self::Sha384 => Sha384::digest(text).to_vec(),
            Self::Sha512 => Sha512::digest(text).to_vec(),
        }
    }
}

/// Why there is no signature, or why one is not right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// In Envoy's words.
    Words(String),
    /// Envoy may do it; Filterlab does not have the curve.
    NotSimulated,
}

impl Failure {
    fn words(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

fn hash_by_name(name: &str) -> Result<Hash, Failure> {
    Hash::by_name(name).ok_or_else(|| Failure::Words(format!("{name} is not supported.")))
}

/// Checks a signature; `key` is `None` when it could not be read.
pub(super) fn verify(
    hash: &str,
    key: Option<PublicKey>,
    signature: &[u8],
    text: &[u8],
) -> Result<(), Failure> {
    let hash = hash_by_name(hash)?;
    let digest = hash.digest(text);
    let holds = match key {
        None | Some(PublicKey::WithoutHash) => {
            return Err(Failure::words("Failed to initialize digest verify."));
        }
        Some(PublicKey::NotSimulated) => return Err(Failure::NotSimulated),
        Some(PublicKey::Rsa(key)) => key.verify(hash, &digest, signature),
        Some(PublicKey::Curve(curve, point)) => curve.verify(&point, &digest, signature),
    };
    if holds { Ok(()) } else { Err(Failure::words("Failed to verify digest. Error code: 0")) }
}

/// Makes a signature; `key` is `None` when it could not be read.
pub(super) fn sign(hash: &str, key: Option<PrivateKey>, text: &[u8]) -> Result<Vec<u8>, Failure> {
    let hash = hash_by_name(hash)?;
    let digest = hash.digest(text);
    let signature = match key {
        None => {
            return Err(Failure::words("Invalid key type: private key required for signing operation."));
        }
        Some(PrivateKey::WithoutHash) => {
            return Err(Failure::words("Invalid private key: key data is corrupted or malformed."));
        }
        Some(PrivateKey::NotSimulated) => return Err(Failure::NotSimulated),
        Some(PrivateKey::Rsa(key)) => key.sign(hash, &digest),
        Some(PrivateKey::Curve(curve, secret)) => curve.sign(&secret, &digest),
    };
    signature.ok_or_else(|| Failure::words("Failed to create signature."))
}
