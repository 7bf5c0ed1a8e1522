//! ECDSA (SEC 1) on the curves of NIST.

use super::der::{self, SEQUENCE};

/// A curve that BoringSSL knows. P-224 is one too, but there is no released crate for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    P256,
    P384,
    P521,
}

/// Runs an expression with `$curve` being the crate of the curve.
macro_rules! on_curve {
    ($which:expr, $curve:ident => $body:expr) => {
        match $which {
            Curve::P256 => {
                use p256 as $curve;
                $body
            }
            Curve::P384 => {
                use p384 as $curve;
                $body
            }
            Curve::P521 => {
                use p521 as $curve;
                $body
            }
        }
    };
}

impl Curve {
    /// By its object identifier.
    pub fn by_oid(oid: &[u8]) -> Option<Self> {
        match oid {
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] => Some(Self::P256),
            [0x2b, 0x81, 0x04, 0x00, 0x22] => Some(Self::P384),
            [0x2b, 0x81, 0x04, 0x00, 0x23] => Some(Self::P521),
            _ => None,
        }
    }

    /// Bytes of a coordinate.
    fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Whether the bytes are a point on the curve.
    pub fn is_point(self, point: &[u8]) -> bool {
        on_curve!(self, curve => curve::ecdsa::VerifyingKey::from_sec1_bytes(point).is_ok())
    }

    /// Whether the bytes are a secret number of the curve.
    pub fn is_secret(self, secret: &[u8]) -> bool {
        on_curve!(self, curve => curve::ecdsa::SigningKey::from_slice(secret).is_ok())
    }

    /// A number with as many bytes as a coordinate; `None` when it has more.
    fn padded(self, number: &[u8]) -> Option<Vec<u8>> {
        let zeros = self.size().checked_sub(number.len())?;
        Some([vec![0; zeros].as_slice(), number].concat())
    }

    /// The digest as a number as long as a coordinate; one that is longer is cut later.
    fn prehash(self, digest: &[u8]) -> Vec<u8> {
        self.padded(digest).unwrap_or_else(|| digest.to_vec())
    }

    pub fn verify(self, point: &[u8], digest: &[u8], mut signature: &[u8]) -> bool {
        let mut numbers = || {
            let mut pair = der::take(&mut signature, SEQUENCE)?;
            let (r, s) = (der::take_number(&mut pair)?, der::take_number(&mut pair)?);
            (pair.is_empty() && signature.is_empty()).then_some([self.padded(r)?, self.padded(s)?].concat())
        };
        let Some(fixed) = numbers() else { return false };
        let prehash = self.prehash(digest);
        on_curve!(self, curve => {
            use curve::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier};
            let key = VerifyingKey::from_sec1_bytes(point).ok();
            let signature = Signature::from_slice(&fixed).ok();
            key.zip(signature).is_some_and(|(key, signature)| key.verify_prehash(&prehash, &signature).is_ok())
        })
    }

    pub fn sign(self, secret: &[u8], digest: &[u8]) -> Option<Vec<u8>> {
        let prehash = self.prehash(digest);
        let fixed: Vec<u8> = on_curve!(self, curve => {
            use curve::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
            let key = SigningKey::from_slice(secret).ok()?;
            let signature: Signature = key.sign_prehash(&prehash).ok()?;
            signature.to_bytes().to_vec()
        });
        let (r, s) = fixed.split_at(self.size());
        Some(der::wrap(SEQUENCE, &[der::number(r), der::number(s)].concat()))
    }
}
