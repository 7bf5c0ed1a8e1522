//! The guide that comes with the product: short pages for authors of filters, in every language.
//!
//! They are Markdown files in `docs/guide`, read by people there and drawn by the window here. Pages and the anchors in
//! them are the same in all languages.

mod markdown;

use std::sync::LazyLock;

pub use markdown::{Block, BlockKind, Document, Marker, Span, Target};

use super::Language;
use crate::trace::{Finding, NotHere};

macro_rules! pages {
    ($($(#[$doc:meta])* $page:ident $slug:literal;)*) => {
        /// A page, in the order in which the guide lists them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Page {
            $($(#[$doc])* $page,)*
        }

        impl Page {
            pub const ALL: &[Self] = &[$(Self::$page,)*];

            /// Name of its file without the ending.
            pub fn slug(self) -> &'static str {
                match self {
                    $(Self::$page => $slug,)*
                }
            }

            /// The Markdown text.
            pub fn source(self, language: Language) -> &'static str {
                match (self, language) {
                    $(
                        (Self::$page, Language::English) => {
                            include_str!(concat!("../../../docs/guide/", $slug, ".md"))
                        }
                        (Self::$page, Language::SimplifiedChinese) => {
                            include_str!(concat!("../../../docs/guide/zh/", $slug, ".md"))
                        }
                    )*
                }
            }
        }
    };
}

pages! {
    FirstFilter "first-filter";
    Pausing "pausing";
    Bodies "bodies";
    /// Content-length and encodings.
    Lengths "lengths";
    Headers "headers";
    Callouts "callouts";
    /// Local replies.
    Replies "replies";
    Traps "traps";
    Memory "memory";
    Properties "properties";
    /// Configuration and start.
    Starting "starting";
    /// VMs, timers and shared state.
    Sharing "sharing";
    Logs "logs";
    /// Chains and routes.
    Chains "chains";
    /// Scenarios and expectations.
    Scenarios "scenarios";
    /// Keyboard and time travel.
    Keys "keys";
}

/// A part of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub page: Page,
    /// Number of the section among those with an anchor, from 1; 0 is the beginning of the page.
    pub section: u16,
}

impl Place {
    /// The beginning of a page.
    pub fn top(page: Page) -> Self {
        Self { page, section: 0 }
    }

    /// The section with this anchor; `None`: the page has no such section.
    pub fn find(page: Page, anchor: &str) -> Option<Self> {
        let anchors = document(page, Language::English).anchors();
        let place = anchors.iter().position(|(known, _)| known == anchor)?;
        Some(Self { page, section: u16::try_from(place + 1).ok()? })
    }

    /// What the part is called: the heading of the section, or the title of the page.
    pub fn title(self, language: Language) -> &'static str {
        let document = document(self.page, language);
        match self.block(language).map(|block| &document.blocks()[block].kind) {
            Some(BlockKind::Heading { plain, .. }) => plain,
            _ => document.title(),
        }
    }

    /// The block with which the section begins.
    pub fn block(self, language: Language) -> Option<usize> {
        let section = usize::from(self.section).checked_sub(1)?;
        document(self.page, language).anchors().get(section).map(|(_, block)| *block)
    }
}

/// A page as it was read, once for the whole time.
pub fn document(page: Page, language: Language) -> &'static Document {
    static DOCUMENTS: LazyLock<Vec<Document>> = LazyLock::new(|| {
        let in_language =
            |language| Page::ALL.iter().map(move |page| Document::parse(*page, page.source(language)));
        Language::ALL.into_iter().flat_map(in_language).collect()
    });
    let languages = Language::ALL.iter().position(|known| *known == language).unwrap_or_default();
    &DOCUMENTS[languages * Page::ALL.len() + page as usize]
}

/// The page and anchor about each kind of finding.
fn about(finding: Finding) -> (Page, &'static str) {
    match finding {
        Finding::ContinueWithoutPause { .. } => (Page::Pausing, "not-paused"),
        Finding::ContinueThenPause { .. } => (Page::Pausing, "both"),
        Finding::NeverResumed { unseen_body: true, .. } => (Page::Pausing, "body"),
        Finding::NeverResumed { .. } => (Page::Pausing, "resume"),
        Finding::NeverPassedOn { .. } => (Page::Pausing, "connections"),
        Finding::BodyForBodiless { .. } => (Page::Bodies, "none"),
        Finding::BodyReadAgain { .. } | Finding::PieceIsGone => (Page::Bodies, "held"),
        Finding::PartOfBody { .. } => (Page::Bodies, "writing"),
        Finding::TrailersWithoutBody => (Page::Bodies, "trailers"),
        Finding::BodySentTwice => (Page::Bodies, "retries"),
        Finding::StaleContentLength { .. } => (Page::Lengths, "content-length"),
        Finding::TransferEncodingAdded => (Page::Lengths, "transfer-encoding"),
        Finding::StaleContentEncoding { .. } | Finding::CompressedBody { .. } => (Page::Lengths, "encoding"),
        Finding::HeaderWrittenTooLate { .. } | Finding::HeaderReadTooLate { .. } => (Page::Headers, "late"),
        Finding::UnknownUpstream | Finding::IncompleteCallout { .. } => (Page::Callouts, "refused"),
        Finding::UnmatchedCallout => (Page::Callouts, "mocks"),
        Finding::CalloutNotRetried => (Page::Callouts, "retries"),
        Finding::UnknownName => (Page::Callouts, "names"),
        Finding::EmptyGrpcService | Finding::NestedGrpcFailure => (Page::Callouts, "grpc"),
        Finding::NoStream => (Page::Callouts, "root"),
        Finding::AnsweredTwice => (Page::Replies, "once"),
        Finding::AnsweredAndContinued => (Page::Replies, "continued"),
        Finding::ClosedAndAnswered | Finding::ClosedAndContinued => (Page::Replies, "reset"),
        Finding::InvalidStatus { .. } => (Page::Replies, "status"),
        Finding::LocalReplyAfterEnd | Finding::CloseAfterEnd => (Page::Replies, "ended"),
        Finding::LocalReplyOnConnection => (Page::Replies, "connections"),
        Finding::PassedBy => (Page::Traps, "policies"),
        Finding::ExitInCallback { .. } => (Page::Traps, "exit"),
        Finding::StackDepth => (Page::Traps, "stack"),
        Finding::TrapAtShutdown => (Page::Traps, "shutdown"),
        Finding::MemoryRefused { .. } => (Page::Memory, "limit"),
        Finding::NoMemory => (Page::Starting, "memory"),
        Finding::NoCallback { .. } => (Page::Starting, "callbacks"),
        Finding::HeldTooMuch { .. } => (Page::Bodies, "limit"),
        Finding::DottedProperty { .. } => (Page::Properties, "paths"),
        Finding::MisspeltProperty { .. } => (Page::Properties, "names"),
        Finding::PropertyNotHere { why: NotHere::NoRequest, .. } => (Page::Properties, "root"),
        Finding::PropertyNotHere { .. } => (Page::Properties, "when"),
        Finding::RemovedProperty { .. } => (Page::Properties, "removed"),
        Finding::NotKnownHere { .. } => (Page::Properties, "unknown"),
        Finding::TicksInEachWorker => (Page::Sharing, "timers"),
        Finding::CasMismatch => (Page::Sharing, "data"),
        Finding::GaugeWrapped => (Page::Sharing, "metrics"),
    }
}

/// The part of the guide about a finding.
pub fn of_finding(finding: Finding) -> Place {
    let (page, anchor) = about(finding);
    Place::find(page, anchor).unwrap_or(Place::top(page))
}

#[cfg(test)]
mod tests;
