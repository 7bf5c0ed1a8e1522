//! The guide is whole: every page in both languages, every link leads somewhere, every finding has its place.

use std::collections::HashSet;

use super::*;

fn documents() -> impl Iterator<Item = (Page, Language, &'static Document)> {
    let in_all = |page: &Page| Language::ALL.map(|language| (*page, language, document(*page, language)));
    Page::ALL.iter().flat_map(in_all)
}

#[test]
fn every_finding_has_a_part_of_the_guide() {
    let unseen = Finding::NeverResumed { direction: crate::trace::Direction::Request, unseen_body: true };
    let nowhere = Finding::PropertyNotHere { name: "request.path", why: NotHere::NoRequest };
    for finding in Finding::one_of_each().into_iter().chain([unseen, nowhere]) {
        let (page, anchor) = about(finding);
        assert!(Place::find(page, anchor).is_some(), "{finding:?}: {}#{anchor}", page.slug());
        for language in Language::ALL {
            assert!(!of_finding(finding).title(language).is_empty());
        }
    }
}

#[test]
fn pages_and_their_anchors_are_the_same_in_all_languages() {
    let anchors = |page, language| -> Vec<&str> {
        document(page, language).anchors().iter().map(|(anchor, _)| anchor.as_str()).collect()
    };
    for page in Page::ALL {
        let english = anchors(*page, Language::English);
        assert_eq!(english, anchors(*page, Language::SimplifiedChinese), "{}", page.slug());
        assert_eq!(english.iter().collect::<HashSet<_>>().len(), english.len(), "{}", page.slug());
        assert!(!english.is_empty(), "{}", page.slug());
    }
}

#[test]
fn pages_have_the_same_shape_in_all_languages() {
    let shape = |page, language| -> Vec<(String, u8)> {
        let blocks = document(page, language).blocks().iter();
        let kind = |block: &Block| match &block.kind {
            BlockKind::Heading { level, .. } => format!("heading {level}"),
            BlockKind::Paragraph(spans) => {
                format!("text with {} links", spans.iter().filter(|span| span.link.is_some()).count())
            }
            BlockKind::Code(code) => code.clone(),
        };
        blocks.map(|block| (kind(block), block.indent)).collect()
    };
    for page in Page::ALL {
        let [english, chinese] = Language::ALL.map(|language| shape(*page, language));
        assert_eq!(english, chinese, "{}", page.slug());
    }
}

#[test]
fn no_link_is_broken() {
    let mut links = 0;
    for (page, language, document) in documents() {
        for link in document.links() {
            links += 1;
            let is_there = matches!(link, Target::Url(_)) || link.place().is_some();
            assert!(is_there, "{} ({language:?}): {link:?}", page.slug());
        }
    }
    assert!(links > 10, "the pages lead to each other: {links} links");
}

#[test]
fn the_folders_hold_the_pages_and_nothing_else() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide");
    for folder in [root.clone(), root.join("zh")] {
        let files: HashSet<String> = std::fs::read_dir(&folder)
            .expect("the folder is there")
            .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
            .filter(|name| name != "zh")
            .collect();
        let pages: HashSet<String> = Page::ALL.iter().map(|page| format!("{}.md", page.slug())).collect();
        assert_eq!(files, pages, "{}", folder.display());
    }
}

#[test]
fn every_page_has_a_title_of_its_own() {
    let titles: HashSet<&str> = documents().map(|(_, _, document)| document.title()).collect();
    assert_eq!(titles.len(), Page::ALL.len() * Language::ALL.len());
}

#[test]
fn markdown_becomes_blocks() {
    let source = "# Title\n\nSome `code` and **more** [there](bodies.md#held).\n\n<a id=\"x\"></a>\n\n## Part\n\n\
                  1. one\n2. two\n   - inner\n\n```rust\nfn a() {}\n```\n";
    let read = Document::parse(Page::Keys, source);
    assert_eq!((read.title(), read.anchors()), ("Title", &[("x".to_owned(), 2)][..]));
    let span = |text: &str| Span { text: text.into(), ..Span::default() };
    let link = Target::Page(Page::Bodies, "held".into());
    let paragraph = vec![
        span("Some "),
        Span { is_code: true, ..span("code") },
        span(" and "),
        Span { is_strong: true, ..span("more") },
        span(" "),
        Span { link: Some(link), ..span("there") },
        span("."),
    ];
    let block = |kind, indent, marker| Block { kind, indent, marker };
    let heading = |level, plain: &str| BlockKind::Heading { level, plain: plain.into() };
    let text = |words: &str| BlockKind::Paragraph(vec![span(words)]);
    let expected = [
        block(heading(1, "Title"), 0, Marker::None),
        block(BlockKind::Paragraph(paragraph), 0, Marker::None),
        block(heading(2, "Part"), 0, Marker::None),
        block(text("one"), 1, Marker::Number(1)),
        block(text("two"), 1, Marker::Number(2)),
        block(text("inner"), 2, Marker::Bullet),
        block(BlockKind::Code("fn a() {}".into()), 0, Marker::None),
    ];
    assert_eq!(read.blocks(), expected);
}

#[test]
fn a_link_to_nowhere_is_known_as_such() {
    assert_eq!(Target::new(Page::Keys, "nowhere.md"), Target::Broken("nowhere.md".into()));
    assert_eq!(Target::new(Page::Keys, "#no-such").place(), None);
    assert_eq!(Target::new(Page::Keys, "https://a.example/").place(), None);
    assert_eq!(Target::new(Page::Keys, "bodies.md").place(), Some(Place::top(Page::Bodies)));
}
