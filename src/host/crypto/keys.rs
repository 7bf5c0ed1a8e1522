//! Keys as DER or PEM.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::curves::Curve;
use super::der::{self, BIT_STRING, NULL, OCTET_STRING, OID, SEQUENCE};
use super::rsa;

/// 1.2.840.113549.1.1.1
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.3.132.0.33
const P224: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x21];
/// 1.3.101.112 and 1.3.101.110
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];

/// A key that checks signatures.
#[derive(Debug)]
pub(in crate::host) enum PublicKey {
    Rsa(rsa::PublicKey),
    /// With the point as in SEC 1.
    Curve(Curve, Vec<u8>),
    /// A key that cannot be used with a hash function, such as Ed25519.
    WithoutHash,
    /// A key that Envoy takes and Filterlab does not.
    NotSimulated,
}

/// A key that makes signatures.
#[derive(Debug)]
pub(in crate::host) enum PrivateKey {
    Rsa(Box<rsa::PrivateKey>),
    /// With the secret number.
    Curve(Curve, Vec<u8>),
    WithoutHash,
    NotSimulated,
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` (RFC 5280). What follows it is ignored.
    pub fn from_der(mut der: &[u8]) -> Option<Self> {
        let mut info = der::take(&mut der, SEQUENCE)?;
        let mut algorithm = der::take(&mut info, SEQUENCE)?;
        let [0, key @ ..] = der::take(&mut info, BIT_STRING)? else { return None };
        let key = match der::take(&mut algorithm, OID)? {
            RSA => {
                der::take(&mut algorithm, NULL).filter(|null| null.is_empty())?;
                rsa::PublicKey::from_der(key).map(Self::Rsa)?
            }
            EC => match der::take(&mut algorithm, OID)? {
                P224 => Self::NotSimulated,
                curve => {
                    let curve = Curve::by_oid(curve)?;
                    curve.is_point(key).then_some(())?;
                    Self::Curve(curve, key.to_vec())
                }
            },
            ED25519 | X25519 => Self::WithoutHash,
            _ => return None,
        };
        (algorithm.is_empty() && info.is_empty()).then_some(key)
    }

    pub fn from_pem(pem: &str) -> Option<Self> {
        let (_, der) = pem_block(pem, &["PUBLIC KEY"])?;
        Self::from_der(&der)
    }
}

impl PrivateKey {
    /// Reads a `PrivateKeyInfo` (RFC 5208). What follows it is ignored.
    pub fn from_der(mut der: &[u8]) -> Option<Self> {
        let mut info = der::take(&mut der, SEQUENCE)?;
        if der::take(&mut info, der::INTEGER)? != [0] {
            return None;
        }
        let mut algorithm = der::take(&mut info, SEQUENCE)?;
        let key = der::take(&mut info, OCTET_STRING)?;
        let key = match der::take(&mut algorithm, OID)? {
            RSA => {
                der::take(&mut algorithm, NULL).filter(|null| null.is_empty())?;
                Self::Rsa(Box::new(rsa::PrivateKey::from_der(key)?))
            }
            EC => {
                let curve = der::take(&mut algorithm, OID)?;
                Self::from_ec(key, Some(curve))?
            }
            ED25519 | X25519 => Self::WithoutHash,
            _ => return None,
        };
        algorithm.is_empty().then_some(key)
    }

    /// Reads an `ECPrivateKey` (RFC 5915), whose curve may be named outside.
    fn from_ec(mut der: &[u8], curve: Option<&[u8]>) -> Option<Self> {
        let mut key = der::take(&mut der, SEQUENCE)?;
        if der::take(&mut key, der::INTEGER)? != [1] || !der.is_empty() {
            return None;
        }
        let secret = der::take(&mut key, OCTET_STRING)?;
        let named = match der::take(&mut key, 0xa0) {
            Some(mut parameters) => Some(der::take(&mut parameters, OID)?),
            None => None,
        };
        let oid = match (curve, named) {
            (Some(outer), Some(inner)) if outer != inner => return None,
            (outer, inner) => outer.or(inner)?,
        };
        if oid == P224 {
            return Some(Self::NotSimulated);
        }
        let curve = Curve::by_oid(oid)?;
        curve.is_secret(secret).then(|| Self::Curve(curve, secret.to_vec()))
    }

    pub fn from_pem(pem: &str) -> Option<Self> {
        let (label, der) = pem_block(pem, &["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"])?;
        let own = match label {
            "RSA PRIVATE KEY" => rsa::PrivateKey::from_der(&der).map(|key| Self::Rsa(Box::new(key))),
            "EC PRIVATE KEY" => Self::from_ec(&der, None),
            _ => None,
        };
        own.or_else(|| Self::from_der(&der))
    }
}

/// The first block with one of these labels (RFC 7468, as lenient as BoringSSL).
fn pem_block<'a>(pem: &str, labels: &[&'a str]) -> Option<(&'a str, Vec<u8>)> {
    let mut lines = pem.lines().map(str::trim_end);
    loop {
        let line = lines.find(|line| line.starts_with("-----BEGIN ") && line.ends_with("-----"))?;
        let label = line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
        let mut body = String::new();
        let mut is_closed = false;
        for line in lines.by_ref() {
            if let Some(end) = line.strip_prefix("-----END ") {
                is_closed = end.strip_suffix("-----") == Some(label);
                break;
            }
            // Headers mean an encrypted key, for which there is no password.
            if line.contains(':') {
                return None;
            }
            body.extend(line.chars().filter(|c| !c.is_ascii_whitespace()));
        }
        if !is_closed {
            return None;
        }
        if let Some(label) = labels.iter().find(|wanted| **wanted == label) {
            return Some((label, STANDARD.decode(body).ok()?));
        }
    }
}
