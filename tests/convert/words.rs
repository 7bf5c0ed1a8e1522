//! What is said of files that cannot be read, and of what was left out, in both languages.

use filterlab::convert::curl::{Shell, Unsupported};
use filterlab::convert::{Error, Expected, Format, LeftOut, Place, Reason, Why};
use filterlab::host::LoadError;
use filterlab::view::Language;
use filterlab::view::sentences::convert;

fn reasons() -> Vec<Reason> {
    let shells = [
        Shell::Variable,
        Shell::Substitution,
        Shell::Pipe,
        Shell::Redirect,
        Shell::Several,
        Shell::Group,
        Shell::Glob,
        Shell::Nul,
    ];
    let commands = [
        Unsupported::NotClosed,
        Unsupported::NotCurl { found: "wget".into() },
        Unsupported::NoValue { option: "-H".into() },
        Unsupported::NoUrl,
        Unsupported::Scheme,
        Unsupported::Pattern,
        Unsupported::Both { first: "-I".into(), second: "-d".into() },
        Unsupported::Config { option: "-K".into() },
    ];
    let commands = shells.map(Unsupported::Shell).into_iter().chain(commands).map(Reason::Command);
    let others = [
        Reason::UnknownFormat,
        Reason::CannotRead(Format::Report),
        Reason::CannotWrite(Format::Envoy),
        Reason::File(std::io::ErrorKind::NotFound.into()),
        Reason::TooLarge { size: 300 << 20, limit: 256 << 20 },
        Reason::NotText,
        Reason::Syntax("expected a comma".into()),
        Reason::NoRequest,
        Reason::NoFilter,
        Reason::FolderTaken,
        Reason::NoWasm,
        Reason::Missing("spec.url".into()),
        Reason::Excess,
        Reason::Cycle,
        Reason::Digest { expected: "aa".into(), found: "bb".into() },
        Reason::TooMany { limit: 64 },
        Reason::Unsafe,
        Reason::Module(Box::new(LoadError::Empty)),
    ];
    let expected = [
        Expected::Object,
        Expected::List,
        Expected::Text,
        Expected::Truth,
        Expected::Whole,
        Expected::Duration,
        Expected::Base64,
        Expected::Type,
        Expected::TypeUrl,
        Expected::FailurePolicy,
        Expected::FailStrategy,
        Expected::Phase,
        Expected::Digest,
        Expected::Layer,
    ];
    let others = others.into_iter().chain(expected.map(Reason::Expected));
    commands.chain(others).collect()
}

#[test]
fn every_error_says_what_is_wrong_and_what_to_do_in_both_languages() {
    for reason in reasons() {
        let error = Error::new(reason).at(Place::Line { line: 3, column: 14 });
        for language in [Language::English, Language::SimplifiedChinese] {
            let card = convert::error(language, &error);
            let texts = [&card.title, &card.what, &card.place, &card.next_steps[0]];
            assert!(texts.iter().all(|text| !text.is_empty()), "{error:?} {card:?}");
            let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c));
            assert_eq!(is_chinese(card.title.as_str()), language == Language::SimplifiedChinese, "{card:?}");
        }
    }
}

#[test]
fn what_configurations_leave_out_is_said_in_both_languages() {
    let name = || "x".to_owned();
    for why in [
        Why::OtherFilter { name: name() },
        Why::OtherWorkloads,
        Why::NoHeader,
        Why::FromEnvironment,
        Why::FoundBeside { name: name() },
        Why::Placeholder { url: name() },
        Why::OtherText,
    ] {
        let item = LeftOut::new(Place::Field("spec.url".into()), why);
        let line = |language| convert::left_out_line(language, &item).as_str().to_owned();
        let (english, chinese) = (line(Language::English), line(Language::SimplifiedChinese));
        assert!(english.starts_with("spec.url: ") && english.is_ascii(), "{english}");
        assert!(chinese.starts_with("spec.url：") && chinese != english, "{chinese}");
    }
}

#[test]
fn what_is_left_out_is_one_line_with_its_place() {
    let line = |place: Place, why: Why| {
        let item = LeftOut::new(place, why);
        let chinese = convert::left_out_line(Language::SimplifiedChinese, &item);
        assert!(chinese.as_str().contains('：'), "{}", chinese.as_str());
        convert::left_out_line(Language::English, &item).as_str().to_owned()
    };
    let word = Place::Line { line: 2, column: 7 }.of("--cert");
    assert_eq!(
        line(word, Why::NoCounterpart),
        "line 2, column 7: --cert: there is nothing that means the same"
    );
    let fields = Place::Fields { first: "log.entries[0].cache".into(), more: 1_200 };
    assert_eq!(line(fields, Why::Unknown), "log.entries[0].cache and 1,200 more: Filterlab does not know it");
    let url = "https://example.com/f.wasm".to_owned();
    let field = Place::Field("spec.url".into());
    assert!(
        line(field, Why::Remote { url })
            .ends_with("it lies at https://example.com/f.wasm; nothing is fetched")
    );
}

#[test]
fn every_format_has_a_name_for_people() {
    for (format, _) in Format::ALL {
        for language in [Language::English, Language::SimplifiedChinese] {
            assert!(!convert::format(language, *format).is_empty());
        }
    }
}
