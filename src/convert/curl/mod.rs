//! curl's command lines.

/// What a command line asks for that only a shell or curl itself could do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsupported {
    Shell(Shell),
    /// A quotation has no end.
    NotClosed,
    NotCurl {
        found: String,
    },
    /// An option without its value.
    NoValue {
        option: String,
    },
    NoUrl,
    /// Braces or brackets, of which curl makes several URLs.
    Pattern,
    /// Options that curl does not take together.
    Both {
        first: String,
        second: String,
    },
    /// An option that reads more options from a file.
    Config {
        option: String,
    },
}

/// What a shell would do with a command line before curl gets to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `$NAME`, `${…}`, `%NAME%`.
    Variable,
    /// `$(…)`, backticks, `<(…)`.
    Substitution,
    /// `|`.
    Pipe,
    /// `<`, `>`.
    Redirect,
    /// `;`, `&`, or a second line.
    Several,
    /// `(` or `)`.
    Group,
    /// `*`, `?`, `[…]`, `{…}`.
    Glob,
    /// A NUL, which no argument can hold.
    Nul,
}
