//! The guide in the window.

use egui::{Key, Modifiers};
use filterlab::gui::{commands::Command, model::CenterTab, shell::Start};
use filterlab::view::Language;
use filterlab::view::guide::{self, Page, Place};

use crate::support::picture;
use crate::window::Window;

const ALT: Modifiers = Modifiers::ALT;

fn place(page: Page, anchor: &str) -> Place {
    Place::find(page, anchor).expect("the page has it")
}

#[test]
fn the_guide_takes_the_place_of_the_centre_and_esc_goes_back() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowTimeline);
    window.does(Command::ShowGuide);
    assert_eq!(window.model().view.center, CenterTab::Guide);
    assert!(window.has("Write your first filter"));
    window.does(Command::ShowGuideAt(Place::top(Page::Bodies)));
    window.does(Command::ShowGuideAt(Place::top(Page::Headers)));
    window.press(Key::Escape);
    assert_eq!(window.model().view.center, CenterTab::Timeline, "however many pages were read");
}

#[test]
fn links_lead_from_page_to_page_and_alt_left_back() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowGuideAt(place(Page::Bodies, "whole")));
    window.focus("Content-length and encodings");
    window.press(Key::Enter);
    assert_eq!(window.model().view.guide, place(Page::Lengths, "content-length"));
    assert!(window.has("Envoy never corrects content-length after a filter has changed a body. With the old value an \
        HTTP/1 peer cuts a longer body short or waits for the rest of a shorter one; an HTTP/2 peer reports a protocol error."));
    window.press_with(ALT, Key::ArrowLeft);
    assert_eq!(window.model().view.guide, place(Page::Bodies, "whole"));
}

#[test]
fn a_link_is_followed_with_the_pointer_too() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowGuideAt(place(Page::Bodies, "none")));
    window.clicks("local reply");
    assert_eq!(window.model().view.guide, Place::top(Page::Replies));
}

#[test]
fn pages_are_chosen_in_the_list_and_in_the_palette() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::ShowGuide);
    window.focus(&format!("Pages of the guide, {} rows", Page::ALL.len()));
    window.press(Key::ArrowDown);
    assert_eq!(window.model().view.guide.page, Page::Pausing);
    window.press(Key::End);
    assert_eq!(window.model().view.guide.page, Page::Keys);
    window.does(Command::Palette);
    window.types("traps and fail");
    window.press(Key::Enter);
    assert_eq!(window.model().view.guide.page, Page::Traps);
}

#[test]
fn the_guide_is_there_before_any_filter_is_open() {
    let mut window = Window::new(Start::Empty);
    window.does(Command::ShowGuide);
    assert!(window.has("Write your first filter"));
    window.press(Key::Num1);
    assert!(window.model().document.is_none(), "digits open samples only where their cards are");
    window.press(Key::Escape);
    assert!(!window.has("Write your first filter"));
    window.press(Key::Num1);
    assert!(window.model().document.is_some());
}

/// A section that is gone to is brought into view, in pages that are longer than the window.
#[test]
fn a_section_is_scrolled_to() {
    use egui_kittest::kittest::Queryable;
    let mut window = Window::sample("mask_pii");
    for page in [Page::Bodies, Page::Properties, Page::Traps] {
        let document = guide::document(page, Language::English);
        for (anchor, _) in document.anchors() {
            let place = place(page, anchor);
            window.does(Command::ShowGuideAt(place));
            let heading = place.title(Language::English);
            let rect = window.harness.query_all_by_label(heading).next().map(|node| node.rect());
            let rect = rect.unwrap_or_else(|| panic!("{heading} is not laid out"));
            assert!((0.0..800.0).contains(&rect.center().y), "{heading} is at {rect:?}");
        }
    }
}

#[test]
fn each_page_is_drawn_in_both_languages_and_each_of_its_links_has_a_name() {
    for (language, command) in
        [(Language::English, Command::English), (Language::SimplifiedChinese, Command::SimplifiedChinese)]
    {
        // Tall enough for the longest page.
        let mut window = Window::sized([1100.0, 2600.0], Start::Empty);
        window.does(command);
        for page in Page::ALL {
            window.does(Command::ShowGuideAt(Place::top(*page)));
            let document = guide::document(*page, language);
            assert!(window.has(document.title()), "{}", page.slug());
            for (_, heading) in document.anchors() {
                let guide::BlockKind::Heading { plain, .. } = &document.blocks()[*heading].kind else {
                    panic!("an anchor is for a heading")
                };
                assert!(window.has(plain), "{}: {plain}", page.slug());
            }
            crate::statements::assert_named(&window, page.slug());
        }
    }
}

#[test]
fn a_narrow_window_lists_the_pages_in_a_menu() {
    let mut window = Window::sized([640.0, 480.0], Start::Empty);
    window.does(Command::ShowGuideAt(Place::top(Page::Memory)));
    assert!(window.has("Memory"));
    assert!(!window.has_part("Pages of the guide, 15 rows"));
}

#[test]
fn the_guide_can_be_drawn() {
    let mut window = Window::sample("mask_pii");
    for (page, anchor) in [(Page::Pausing, "headers"), (Page::FirstFilter, "rust"), (Page::Traps, "policies")]
    {
        window.does(Command::ShowGuideAt(place(page, anchor)));
        window.does(Command::ThemeDark);
        window.does(Command::English);
        picture(&mut window.harness, &format!("guide-{}-en-dark", page.slug()));
        window.does(Command::ThemeLight);
        window.does(Command::SimplifiedChinese);
        picture(&mut window.harness, &format!("guide-{}-zh-light", page.slug()));
    }
    let mut window = Window::sized([900.0, 600.0], Start::Empty);
    window.does(Command::ShowGuideAt(Place::top(Page::Bodies)));
    picture(&mut window.harness, "guide-small");
}
