//! The options of curl (its manual, up to 8.17), as far as one has to know them to tell options from values and URLs.

use super::Unsupported;
use super::shell::Word;

/// What an option has to do with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is carried over.
    Request,
    /// It is about the connection, about what is printed, or about what comes after the answer.
    None,
    /// It would make another request of it, and is not carried over.
    Lost,
    /// It reads options from elsewhere.
    Config,
    Next,
}

/// One option of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its long name; of one that nobody knows, as it was written.
    pub name: String,
    /// `None`: nobody knows it.
    pub effect: Option<Effect>,
    /// Empty for switches.
    pub value: Vec<u8>,
    /// Of a switch: `false` for `--no-…`.
    pub on: bool,
    /// The word in which it was given, and the place of that word.
    pub shown: String,
    pub at: usize,
}

/// What belongs together, between `--next`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub options: Vec<Given>,
    pub urls: Vec<Word>,
}

/// Switches and options with a value, by what they do: `x:name` has a short form.
const TABLE: &[(Effect, bool, &str)] = &[
    (
        Effect::Request,
        false,
        "G:get g:globoff I:head compressed path-as-is 0:http1.0 http1.1 http2 http2-prior-knowledge form-escape basic digest \
         ntlm negotiate anyauth",
    ),
    (
        Effect::Request,
        true,
        "X:request H:header d:data data-ascii data-raw data-binary data-urlencode json F:form form-string u:user b:cookie \
         A:user-agent e:referer url url-query r:range oauth2-bearer T:upload-file",
    ),
    (
        Effect::None,
        false,
        "k:insecure L:location location-trusted s:silent S:show-error v:verbose i:include f:fail fail-early fail-with-body \
         #:progress-bar progress-meter no-progress-meter N:no-buffer buffer O:remote-name J:remote-header-name remote-name-all \
         R:remote-time remove-on-error create-dirs clobber no-clobber xattr styled-output suppress-connect-headers raw \
         Z:parallel parallel-immediate q:disable 4:ipv4 6:ipv6 keepalive no-keepalive alpn no-alpn npn no-npn sessionid \
         no-sessionid tcp-fastopen tcp-nodelay mptcp p:proxytunnel proxy-anyauth proxy-basic proxy-digest proxy-insecure \
         proxy-negotiate proxy-ntlm proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 proxy-http2 proxy-ca-native \
         ca-native socks5-basic socks5-gssapi socks5-gssapi-nec ssl ssl-allow-beast ssl-no-revoke ssl-reqd \
         ssl-revoke-best-effort 1:tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 2:sslv2 3:sslv3 tls-earlydata cert-status \
         false-start doh-cert-status doh-insecure post301 post302 post303 follow retry-all-errors retry-connrefused trace-time \
         trace-ids j:junk-session-cookies compressed-ssh http0.9 ignore-content-length M:manual V:version skip-existing \
         out-null dump-ca-embed disallow-username-in-url",
    ),
    (
        Effect::None,
        true,
        "o:output output-dir x:proxy preproxy proxy1.0 proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers \
         proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey proxy-service-name \
         proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser U:proxy-user noproxy socks4 socks4a socks5 \
         socks5-gssapi-service socks5-hostname resolve connect-to connect-timeout m:max-time max-filesize max-redirs \
         expect100-timeout w:write-out D:dump-header c:cookie-jar stderr trace trace-ascii trace-config libcurl cacert capath \
         crlfile ciphers tls13-ciphers tls-max curves sigalgs pinnedpubkey alt-svc hsts interface local-port ip-tos \
         vlan-priority keepalive-time keepalive-cnt limit-rate rate Y:speed-limit y:speed-time retry retry-delay \
         retry-max-time proto proto-redir dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url \
         happy-eyeballs-timeout-ms unix-socket abstract-unix-socket parallel-max parallel-max-host create-file-mode etag-save \
         random-file egd-file engine ipfs-gateway h:help ech upload-flags",
    ),
    (
        Effect::Lost,
        false,
        "n:netrc netrc-optional tr-encoding haproxy-protocol http3 http3-only ntlm-wb ssl-auto-client-cert crlf \
         B:use-ascii l:list-only a:append sasl-ir ftp-create-dirs ftp-pasv ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc \
         ftp-ssl-control disable-eprt disable-epsv eprt epsv mail-rcpt-allowfails tftp-no-options metalink",
    ),
    (
        Effect::Lost,
        true,
        "aws-sigv4 E:cert cert-type key key-type pass netrc-file login-options delegation sasl-authzid service-name z:time-cond \
         etag-compare C:continue-at haproxy-clientip request-target proto-default tlsauthtype tlspassword tlsuser Q:quote \
         ftp-account ftp-alternative-to-user ftp-method P:ftp-port ftp-ssl-ccc-mode hostpubmd5 hostpubsha256 krb mail-auth \
         mail-from mail-rcpt pubkey t:telnet-option tftp-blksize",
    ),
    (Effect::Config, true, "K:config variable"),
    (Effect::Next, false, ":next"),
];

/// An option by its names: long, short, effect, whether it has a value.
type Known = (&'static str, Option<char>, Effect, bool);

fn all() -> impl Iterator<Item = Known> {
    TABLE.iter().flat_map(|(effect, has_value, names)| {
        names.split_ascii_whitespace().map(move |name| match name.split_once(':') {
            // The short form of `--next` is a colon.
            Some(("", long)) => (long, Some(':'), *effect, *has_value),
            Some((short, long)) => (long, short.chars().next(), *effect, *has_value),
            None => (name, None, *effect, *has_value),
        })
    })
}

/// An option by its long name, or by a beginning that no other has; of a switch also with `no-` before it.
fn long(name: &str) -> Option<(Known, bool)> {
    let exact = |name: &str| all().find(|(long, ..)| *long == name);
    if let Some(known) = exact(name) {
        return Some((known, true));
    }
    if let Some(known) = name.strip_prefix("no-").and_then(exact).filter(|known| !known.3) {
        return Some((known, false));
    }
    let mut beginnings = all().filter(|(long, ..)| long.starts_with(name));
    match (beginnings.next(), beginnings.next()) {
        (Some(known), None) => Some((known, true)),
        _ => None,
    }
}

/// Sorts the words of a command, without its name, into options and URLs.
pub fn read(words: &[Word]) -> Result<Vec<Group>, (Unsupported, usize)> {
    let mut groups = vec![Group::default()];
    let mut rest = words.iter();
    let mut only_urls = false;
    while let Some(word) = rest.next() {
        let text = String::from_utf8_lossy(&word.bytes);
        let group = groups.last_mut();
        let Some(group) = group else { break };
        if only_urls || !text.starts_with('-') || text == "-" {
            group.urls.push(word.clone());
            continue;
        }
        if text == "--" {
            only_urls = true;
            continue;
        }
        let mut value = |attached: &[u8], name: &str| match attached {
            [] => rest
                .next()
                .map(|next| next.bytes.clone())
                .ok_or_else(|| (Unsupported::NoValue { option: name.to_owned() }, word.at)),
            attached => Ok(attached.to_vec()),
        };
        let given = |name: &str, effect: Option<Effect>, on: bool, value: Vec<u8>| Given {
            name: name.to_owned(),
            effect,
            value,
            on,
            shown: shown(&text),
            at: word.at,
        };
        let mut found = Vec::new();
        if let Some(name) = text.strip_prefix("--") {
            found.push(match long(name) {
                Some(((name, _, effect, true), _)) => given(name, Some(effect), true, value(&[], &text)?),
                Some(((name, _, effect, false), on)) => given(name, Some(effect), on, Vec::new()),
                // `--expand-data` and the like have the value of the option that they expand.
                None if name.starts_with("expand-") => {
                    given(name, Some(Effect::Config), true, value(&[], &text)?)
                }
                None => given(&text, None, true, Vec::new()),
            });
        } else {
            let letters: Vec<(usize, char)> = text.char_indices().skip(1).collect();
            for (place, letter) in letters {
                match all().find(|(_, short, ..)| *short == Some(letter)) {
                    Some((name, _, effect, true)) => {
                        let attached = word.bytes.get(place + letter.len_utf8()..).unwrap_or_default();
                        found.push(given(name, Some(effect), true, value(attached, &format!("-{letter}"))?));
                        break;
                    }
                    Some((name, _, effect, false)) => found.push(given(name, Some(effect), true, Vec::new())),
                    None => {
                        let name = format!("-{letter}");
                        found.push(Given { shown: name.clone(), ..given(&name, None, true, Vec::new()) });
                    }
                }
            }
        }
        for option in found {
            match option.effect {
                Some(Effect::Next) => groups.push(Group::default()),
                Some(Effect::Config) => {
                    return Err((Unsupported::Config { option: option.shown }, option.at));
                }
                _ => groups.last_mut().into_iter().for_each(|group| group.options.push(option.clone())),
            }
        }
    }
    Ok(groups)
}

/// A word for people, without what may be a long value or a password.
fn shown(word: &str) -> String {
    match word.strip_prefix("--") {
        Some(_) => word.chars().take(60).collect(),
        None => word.chars().take(2).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_line(line: &str) -> Vec<Group> {
        let words = super::super::shell::words(line).expect("it is a command");
        read(&words).expect("its options can be told apart")
    }

    #[test]
    fn no_option_stands_in_the_table_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for (long, short, ..) in all() {
            assert!(seen.insert(long.to_owned()), "{long}");
            if let Some(short) = short {
                assert!(seen.insert(format!("-{short}")), "-{short}");
            }
        }
        assert!(seen.len() > 250, "{}", seen.len());
    }

    #[test]
    fn letters_may_stand_together_and_the_last_takes_the_rest() {
        let groups = read_line("-sSLX POST -dabc -H x:1 a --no-location --globo -:b -- -c f");
        let names: Vec<_> = groups[0].options.iter().map(|given| given.name.as_str()).collect();
        assert_eq!(
            names,
            ["silent", "show-error", "location", "request", "data", "header", "location", "globoff"]
        );
        let value = |place: usize| String::from_utf8_lossy(&groups[0].options[place].value).into_owned();
        assert_eq!((value(3).as_str(), value(4).as_str()), ("POST", "abc"));
        assert!(!groups[0].options[6].on);
        assert_eq!(groups[0].urls[0].bytes, b"a");
        assert_eq!(groups[1].options[0].name, "cookie", "`-:` and what follows in the word");
        assert_eq!(groups[1].options[0].value, b"--");
        assert_eq!(groups[1].options[1].name, "cookie-jar".to_owned());
    }

    #[test]
    fn an_option_without_its_value_is_an_error_and_one_that_nobody_knows_is_kept() {
        let words = super::super::shell::words("a --data").expect("it is a command");
        let option = "--data".to_owned();
        assert_eq!(read(&words), Err((Unsupported::NoValue { option }, 2)));
        let groups = read_line("--frobnicate a -%");
        let names: Vec<_> =
            groups[0].options.iter().map(|given| (given.name.as_str(), given.effect)).collect();
        assert_eq!(names, [("--frobnicate", None), ("-%", None)]);
        let words = super::super::shell::words("-K x").expect("it is a command");
        assert!(matches!(read(&words), Err((Unsupported::Config { .. }, 0))));
    }
}
