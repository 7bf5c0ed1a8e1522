//! Markdown as blocks and spans, as far as the guide uses it: headings, paragraphs, lists, code, links.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::{Page, Place};

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A page of the guide and an anchor on it, empty for the beginning.
    Page(Page, String),
    /// Outside, for the browser.
    Url(String),
    /// To something that the guide does not have.
    Broken(String),
}

impl Target {
    pub(super) fn new(from: Page, link: &str) -> Self {
        if link.starts_with("https://") {
            return Self::Url(link.to_owned());
        }
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let slug = file.strip_suffix(".md").unwrap_or(file);
        let page = match slug {
            "" => Some(from),
            _ => Page::ALL.iter().copied().find(|page| page.slug() == slug),
        };
        page.map_or_else(|| Self::Broken(link.to_owned()), |page| Self::Page(page, anchor.to_owned()))
    }

    /// The place inside the guide, if it is there.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Page(page, anchor) if anchor.is_empty() => Some(Place::top(*page)),
            Self::Page(page, anchor) => Place::find(*page, anchor),
            Self::Url(_) | Self::Broken(_) => None,
        }
    }
}

/// A stretch of text in one style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub text: String,
    pub is_code: bool,
    pub is_strong: bool,
    pub link: Option<Target>,
}

/// What stands before a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marker {
    #[default]
    None,
    Bullet,
    Number(u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// `plain` is the text without styles.
    Heading {
        level: u8,
        plain: String,
    },
    Paragraph(Vec<Span>),
    Code(String),
}

/// One block of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub kind: BlockKind,
    /// How many lists it stands in.
    pub indent: u8,
    pub marker: Marker,
}

/// A page, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    title: String,
    blocks: Vec<Block>,
    anchors: Vec<(String, usize)>,
}

impl Document {
    pub fn parse(page: Page, source: &str) -> Self {
        let mut reader = Reader::new(page);
        Parser::new(source).for_each(|event| reader.take(event));
        reader.document
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Anchors in order, each with the heading that it is for.
    pub fn anchors(&self) -> &[(String, usize)] {
        &self.anchors
    }

    /// All links on the page.
    pub fn links(&self) -> impl Iterator<Item = &Target> {
        self.blocks.iter().flat_map(|block| {
            let spans = match &block.kind {
                BlockKind::Paragraph(spans) => spans.as_slice(),
                _ => &[],
            };
            spans.iter().filter_map(|span| span.link.as_ref())
        })
    }
}

struct Reader {
    page: Page,
    document: Document,
    spans: Vec<Span>,
    is_strong: bool,
    link: Option<Target>,
    /// The anchor that the next heading gets.
    anchor: Option<String>,
    code: Option<String>,
    heading: Option<u8>,
    /// The lists that are open, with the number of the next item.
    lists: Vec<Option<u64>>,
    marker: Marker,
}

impl Reader {
    fn new(page: Page) -> Self {
        Self {
            page,
            document: Document::default(),
            spans: Vec::new(),
            is_strong: false,
            link: None,
            anchor: None,
            code: None,
            heading: None,
            lists: Vec::new(),
            marker: Marker::None,
        }
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.push(&text, false),
            },
            Event::Code(text) => self.push(&text, true),
            Event::SoftBreak | Event::HardBreak => self.line_break(),
            Event::Html(html) | Event::InlineHtml(html) => {
                let id = html.split_once("id=\"").and_then(|(_, rest)| rest.split_once('"'));
                self.anchor = id.map(|(id, _)| id.to_owned()).or(self.anchor.take());
            }
            _ => {}
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.flush();
                self.heading = Some(level as u8);
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.flush();
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(first);
            }
            Tag::Item => {
                self.marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        Marker::Number(*number - 1)
                    }
                    _ => Marker::Bullet,
                };
            }
            Tag::Strong => self.is_strong = true,
            Tag::Link { dest_url, .. } => self.link = Some(Target::new(self.page, &dest_url)),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::Item => self.flush(),
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                self.block(BlockKind::Code(code.trim_end().to_owned()));
            }
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
            }
            TagEnd::Strong => self.is_strong = false,
            TagEnd::Link => self.link = None,
            _ => {}
        }
    }

    fn push(&mut self, text: &str, is_code: bool) {
        let span =
            Span { text: text.to_owned(), is_code, is_strong: self.is_strong, link: self.link.clone() };
        match self.spans.last_mut() {
            Some(last)
                if (last.is_code, last.is_strong, &last.link) == (is_code, span.is_strong, &span.link) =>
            {
                last.text.push_str(text);
            }
            _ => self.spans.push(span),
        }
    }

    /// A line of the source ends: a space, but none between characters of Chinese, which has no spaces between words.
    fn line_break(&mut self) {
        let is_wide = |c: char| c > '\u{2e7f}';
        let last = self.spans.last().and_then(|span| span.text.chars().last());
        if last.is_some_and(|last| !is_wide(last)) {
            self.push(" ", false);
        }
    }

    /// Ends the text that was being read.
    fn flush(&mut self) {
        let spans = std::mem::take(&mut self.spans);
        let heading = self.heading.take();
        if spans.iter().all(|span| span.text.trim().is_empty()) {
            return;
        }
        let Some(level) = heading else { return self.block(BlockKind::Paragraph(spans)) };
        let plain: String = spans.into_iter().map(|span| span.text).collect();
        if self.document.title.is_empty() {
            self.document.title.clone_from(&plain);
        }
        if let Some(anchor) = self.anchor.take() {
            self.document.anchors.push((anchor, self.document.blocks.len()));
        }
        self.block(BlockKind::Heading { level, plain });
    }

    fn block(&mut self, kind: BlockKind) {
        let indent = u8::try_from(self.lists.len()).unwrap_or(u8::MAX);
        let marker = std::mem::take(&mut self.marker);
        self.document.blocks.push(Block { kind, indent, marker });
    }
}
