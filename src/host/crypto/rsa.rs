//! RSA signatures with PKCS #1 v1.5 padding (RFC 8017, section 8.2), on the numbers of `crypto-bigint`.
//!
//! The `rsa` crate is not used: its advisory RUSTSEC-2023-0071 names no patched version yet.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, ConcatenatingMul, NonZero, Odd, Resize};

use super::Hash;
use super::der::{self, SEQUENCE};

/// Largest modulus, in bytes: 8192 bits, as in BoringSSL.
const MAX_MODULUS: usize = 1024;
/// Smallest modulus, in bytes.
const MIN_MODULUS: usize = 64;
/// Largest public exponent, in bytes: 33 bits.
const MAX_EXPONENT: usize = 5;

/// A modulus with an exponent.
#[derive(Debug)]
pub struct PublicKey {
    modulus: Odd<BoxedUint>,
    /// Length of the modulus in bytes.
    length: usize,
    exponent: BoxedUint,
}

#[derive(Debug)]
pub struct PrivateKey {
    public: PublicKey,
    exponent: BoxedUint,
}

fn uint(digits: &[u8]) -> Option<BoxedUint> {
    BoxedUint::from_be_slice(digits, u32::try_from(digits.len().max(1) * 8).ok()?).ok()
}

impl PublicKey {
    fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let sizes = (MIN_MODULUS..=MAX_MODULUS).contains(&modulus.len()) && exponent.len() <= MAX_EXPONENT;
        let is_odd = exponent.last()? & 1 == 1 && exponent != [1];
        if !sizes || !is_odd {
            return None;
        }
        let length = modulus.len();
        Some(Self { modulus: Odd::new(uint(modulus)?).into_option()?, length, exponent: uint(exponent)? })
    }

    /// Reads an `RSAPublicKey`.
    pub fn from_der(mut der: &[u8]) -> Option<Self> {
        let mut key = der::take(&mut der, SEQUENCE)?;
        let (modulus, exponent) = (der::take_number(&mut key)?, der::take_number(&mut key)?);
        (key.is_empty() && der.is_empty()).then_some(())?;
        Self::new(modulus, exponent)
    }

    /// `base` to the power of `exponent`; `None` when it is not below the modulus.
    fn power(&self, base: &[u8], exponent: &BoxedUint) -> Option<Vec<u8>> {
        let base = uint(base)?.resize(self.modulus.bits_precision());
        if base >= *self.modulus.as_ref() {
            return None;
        }
        let params = BoxedMontyParams::new(self.modulus.clone());
        let power = BoxedMontyForm::new(base, &params).pow(exponent).retrieve();
        let bytes = power.to_be_bytes();
        // As long as the modulus; the number's own form may have leading zeros.
        let start = bytes.len().checked_sub(self.length)?;
        Some(bytes[start..].to_vec())
    }

    /// The digest as it is signed.
    fn padded(&self, hash: Hash, digest: &[u8]) -> Option<Vec<u8>> {
        let info = [prefix(hash), digest].concat();
        let padding = self.length.checked_sub(info.len() + 3).filter(|padding| *padding >= 8)?;
        Some([&[0, 1], vec![0xff; padding].as_slice(), &[0], &info].concat())
    }

    pub fn verify(&self, hash: Hash, digest: &[u8], signature: &[u8]) -> bool {
        if signature.len() != self.length {
            return false;
        }
        let wanted = self.padded(hash, digest);
        wanted.is_some() && wanted == self.power(signature, &self.exponent)
    }
}

impl PrivateKey {
    /// Reads an `RSAPrivateKey` and checks that its numbers belong together, as BoringSSL does.
    pub fn from_der(mut der: &[u8]) -> Option<Self> {
        let mut key = der::take(&mut der, SEQUENCE)?;
        if der::take(&mut key, der::INTEGER)? != [0] {
            return None;
        }
        let mut numbers = [&[][..]; 8];
        for number in &mut numbers {
            *number = der::take_number(&mut key)?;
        }
        (key.is_empty() && der.is_empty()).then_some(())?;
        let [modulus, public, secret, p, q, dp, dq, q_inverse] = numbers;
        let lengths = numbers.iter().all(|number| number.len() <= MAX_MODULUS);
        let public = lengths.then(|| PublicKey::new(modulus, public)).flatten()?;
        let [secret, p, q, dp, dq, q_inverse] =
            [uint(secret)?, uint(p)?, uint(q)?, uint(dp)?, uint(dq)?, uint(q_inverse)?];
        let one = BoxedUint::one();
        let modulo = |number: &BoxedUint, modulus: &BoxedUint| {
            let modulus = NonZero::new(modulus.clone()).into_option()?;
            Some(number.rem_vartime(&modulus))
        };
        let equal = |left: &BoxedUint, right: &BoxedUint| trimmed(left) == trimmed(right);
        let less_one = |number: &BoxedUint| number.wrapping_sub(&one);
        let e_d = public.exponent.concatenating_mul(&secret);
        let belongs = equal(&p.concatenating_mul(&q), public.modulus.as_ref())
            && equal(&modulo(&e_d, &less_one(&p))?, &one)
            && equal(&modulo(&e_d, &less_one(&q))?, &one)
            && equal(&modulo(&secret, &less_one(&p))?, &dp)
            && equal(&modulo(&secret, &less_one(&q))?, &dq)
            && equal(&modulo(&q.concatenating_mul(&q_inverse), &p)?, &one);
        belongs.then_some(Self { public, exponent: secret })
    }

    pub fn sign(&self, hash: Hash, digest: &[u8]) -> Option<Vec<u8>> {
        self.public.power(&self.public.padded(hash, digest)?, &self.exponent)
    }
}

/// The digits of a number without leading zeros.
fn trimmed(number: &BoxedUint) -> Vec<u8> {
    number.to_be_bytes().iter().copied().skip_while(|digit| *digit == 0).collect()
}

/// What stands before the digest: the DER of `DigestInfo` (RFC 8017, section 9.2, note 1).
fn prefix(hash: Hash) -> &'static [u8] {
    match hash {
        Hash::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
        Hash::Sha224 => b"\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c",
        Hash::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        Hash::Sha384 => b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        Hash::Sha512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
    }
}
