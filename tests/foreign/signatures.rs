//! `sign` and `verify_signature`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use filterlab::trace::{Finding, Unknown};

use super::*;

/// Function, what is tried, arguments, and what Envoy 1.40 answered. The keys were made for this.
const ASKED: &str = include_str!("signatures.json");

type Asked = (String, String, String, String);

fn asked() -> Vec<Asked> {
    serde_json::from_str(ASKED).expect("the record is JSON")
}

fn arguments(asked: &Asked) -> Vec<u8> {
    STANDARD.decode(&asked.2).expect("the record's bytes are base64")
}

/// Signatures on curves begin with a random number; those of P-224 are not made at all.
fn is_comparable((function, name, ..): &Asked) -> bool {
    let curve = function == "sign" && (name.contains("ec ") || name.starts_with("ec"));
    let made =
        curve && !name.contains("sec1 der") && !name.contains("secp256k1") && !name.contains("ecupper");
    !made && !name.contains("secp224r1")
}

#[test]
fn keys_and_signatures_are_judged_as_envoy_judges_them() {
    let asked: Vec<Asked> = asked().into_iter().filter(is_comparable).collect();
    let lines: Vec<String> = asked.iter().map(|asked| foreign("reqh", &asked.0, arguments(asked))).collect();
    let answers = ask(&lines);
    assert_eq!(answers.len(), asked.len());
    let mut wrong = Vec::new();
    for ((function, name, _, wanted), found) in asked.iter().zip(&answers) {
        if wanted != found {
            wrong.push(format!("{function} {name}\n    wanted {wanted:.160}\n    found  {found:.160}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), asked.len(), wrong.join("\n"));
}

/// The probe's text of bytes, read back.
fn unescaped(answer: &str) -> Vec<u8> {
    let text = answer.split_once('"').expect("has bytes").1.strip_suffix('"').expect("ends");
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => match rest.next().expect("something follows") {
                b'x' => {
                    let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
                    let digits = std::str::from_utf8(&digits).expect("digits are text");
                    bytes.push(u8::from_str_radix(digits, 16).expect("digits are a number"));
                }
                other => bytes.push(other),
            },
            other => bytes.push(other),
        }
    }
    bytes
}

#[test]
fn a_signature_on_a_curve_is_one_for_the_public_key() {
    let all = asked();
    let found = |function: &str, name: &str| {
        let found = all.iter().find(|asked| asked.0 == function && asked.1 == name);
        arguments(found.expect("the record has it"))
    };
    for curve in ["prime256v1", "secp384r1", "secp521r1"] {
        let answers = ask(&[foreign("reqh", "sign", found("sign", &format!("ec pem {curve}")))]);
        let result = unescaped(&answers[0]);
        // Field 1 is true; field 2 the signature, whose length has one or two bytes.
        assert_eq!(result[..3], [8, 1, 0x12], "{curve}");
        let signature = if result[3] < 0x80 { &result[4..] } else { &result[5..] };
        // The public key from a recorded question, with this signature: of two fields the last counts.
        let mut question = found("verify_signature", &format!("ec garbage {curve}"));
        question.extend(field(3, signature));
        let verified = ask(&[foreign("reqh", "verify_signature", &question)]);
        assert_eq!(verified, [r#"rc=0 len=2 "\x08\x01""#], "{curve}");
    }
}

#[test]
fn a_curve_that_only_envoy_has_is_said() {
    let all = asked();
    let p224 = all.iter().filter(|asked| asked.1.contains("secp224r1") && !asked.1.contains("sec1 der"));
    let lines: Vec<String> = p224.map(|asked| foreign("reqh", &asked.0, arguments(asked))).collect();
    let trace = run(&lines, scenario());
    assert_eq!(findings(&trace), vec![Finding::NotKnownHere { what: Unknown::Curve }; lines.len()]);
}

#[test]
fn large_keys_sign_and_larger_ones_are_refused() {
    // No key: the lengths alone decide.
    let number = |length: usize| {
        let mut digits = vec![0xff; length];
        digits[0] = 0x7f;
        [vec![2, 0x82, (length >> 8) as u8, length as u8], digits].concat()
    };
    let wrap = |tag: u8, value: Vec<u8>| {
        [vec![tag, 0x82, (value.len() >> 8) as u8, value.len() as u8], value].concat()
    };
    let public = |length: usize| {
        let key = wrap(0x30, [number(length), vec![2, 3, 1, 0, 1]].concat());
        let algorithm = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00".to_vec();
        wrap(0x30, [algorithm, wrap(3, [vec![0], key].concat())].concat())
    };
    let ask_for = |length: usize| {
        let args = [field(1, "sha256"), field(2, public(length)), field(3, vec![1; length]), field(4, "x")];
        ask(&[foreign("reqh", "verify_signature", args.concat())]).remove(0)
    };
    assert!(ask_for(1024).ends_with("Failed to verify digest. Error code: 0\""));
    assert!(ask_for(1025).ends_with("Failed to initialize digest verify.\""));
}
