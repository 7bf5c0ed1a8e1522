//! `sign` and `verify_signature`.

use super::arguments::Arguments;
use super::{Cx, Fault, Output};
use crate::abi::Status;
use crate::host::crypto::{self, Failure, PrivateKey, PublicKey};
use crate::host::properties::proto;
use crate::trace::{Finding, Unknown};

/// Exactly one of the two forms of a key; `None` inside: it cannot be read.
fn key<K>(
    der: &[u8],
    pem: &str,
    from_der: fn(&[u8]) -> Option<K>,
    from_pem: fn(&str) -> Option<K>,
) -> Result<Option<K>, Fault> {
    match (der.is_empty(), pem.is_empty()) {
        (false, true) => Ok(from_der(der)),
        (true, false) => Ok(from_pem(pem)),
        _ => Err(Status::BadArgument.into()),
    }
}

pub(super) fn verify(cx: &mut Cx, args: Vec<u8>) -> Output {
    let args = Arguments::read(args)?;
    let (hash, pem) = (args.text(1)?, args.text(5)?);
    let key = key(&args.bytes(2), &pem, PublicKey::from_der, PublicKey::from_pem)?;
    let result = crypto::verify(&hash, key, &args.bytes(3), &args.bytes(4));
    cx.check_time()?;
    Ok(Some(match result {
        Ok(()) => proto::varint(1, 1),
        Err(failure) => proto::bytes(2, words(cx, failure).as_bytes()),
    }))
}

pub(super) fn sign(cx: &mut Cx, args: Vec<u8>) -> Output {
    let args = Arguments::read(args)?;
    let (hash, pem) = (args.text(1)?, args.text(4)?);
    let key = key(&args.bytes(2), &pem, PrivateKey::from_der, PrivateKey::from_pem)?;
    let result = crypto::sign(&hash, key, &args.bytes(3));
    cx.check_time()?;
    Ok(Some(match result {
        Ok(signature) => [proto::varint(1, 1), proto::bytes(2, &signature)].concat(),
        Err(failure) => proto::bytes(3, words(cx, failure).as_bytes()),
    }))
}

fn words(cx: &mut Cx, failure: Failure) -> String {
    match failure {
        Failure::Words(words) => words,
        Failure::NotSimulated => {
            cx.state().world.trace.finding(Finding::NotKnownHere { what: Unknown::Curve });
            "Filterlab does not know this curve.".into()
        }
    }
}
