//! Which letters of a name a query means.
//!
//! Every letter of the query must follow the one before it in the name or begin a word: `nch` finds "Next change" and
//! `mask` never finds "M…a…s…k" strewn over a sentence. A query found in one piece counts most.

/// The letters of a name that were meant, and how well they fit; more is better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub score: i32,
    /// Places in the name, counted in characters.
    pub letters: Vec<usize>,
}

/// Looks for a query, already in lower case and without spaces at its ends, in a name.
pub fn find(query: &str, name: &str) -> Option<Match> {
    if query.is_empty() {
        return Some(Match { score: 0, letters: Vec::new() });
    }
    let name: Vec<char> = name.chars().collect();
    let lower: Vec<char> = name.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
    let query: Vec<char> = query.chars().collect();
    let whole = (0..=lower.len().checked_sub(query.len())?).filter(|at| lower[*at..].starts_with(&query));
    // A piece that begins a word is meant sooner than one in the middle of one.
    if let Some(at) = whole.min_by_key(|at| (!begins_word(&name, *at), *at)) {
        let place = i32::try_from(at).unwrap_or(i32::MAX).min(60);
        let begins = i32::from(begins_word(&name, at)) * 100;
        let exact = i32::from(query.len() == name.len()) * 100;
        let letters = (at..at + query.len()).collect();
        return Some(Match { score: 300 + begins + exact - place, letters });
    }
    let mut letters = Vec::new();
    let query: Vec<char> = query.into_iter().filter(|c| !c.is_whitespace()).collect();
    walk(&query, &name, &lower, 0, &mut letters, &mut 4096).then(|| {
        let spread = letters.last().zip(letters.first()).map_or(0, |(last, first)| last - first);
        Match { score: 200 - i32::try_from(spread).unwrap_or(200).min(200), letters }
    })
}

/// Finds a place for each letter of the query, from `from` on. `steps` bounds the search on strange names.
fn walk(
    query: &[char],
    name: &[char],
    lower: &[char],
    from: usize,
    letters: &mut Vec<usize>,
    steps: &mut usize,
) -> bool {
    let Some((letter, rest)) = query.split_first() else { return true };
    let follows = letters.last().map(|last| last + 1);
    for at in from..lower.len() {
        *steps = steps.saturating_sub(1);
        if *steps == 0 {
            return false;
        }
        if lower[at] != *letter || !(follows == Some(at) || begins_word(name, at)) {
            continue;
        }
        letters.push(at);
        if walk(rest, name, lower, at + 1, letters, steps) {
            return true;
        }
        letters.pop();
    }
    false
}

/// After a space or a sign, at a capital after a small letter, and at every Chinese character.
fn begins_word(name: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| name[before]) else { return true };
    !before.is_alphanumeric() || !name[at].is_ascii() || (before.is_lowercase() && name[at].is_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(query: &str, name: &str) -> Option<String> {
        let name_letters: Vec<char> = name.chars().collect();
        find(query, name).map(|found| found.letters.iter().map(|at| name_letters[*at]).collect())
    }

    #[test]
    fn pieces_and_first_letters_are_found() {
        assert_eq!(letters("mask", "Mask secrets").as_deref(), Some("Mask"));
        assert_eq!(letters("nch", "Next change").as_deref(), Some("Nch"));
        assert_eq!(letters("nc", "Next change").as_deref(), Some("Nc"));
        assert_eq!(letters("next ch", "Next change").as_deref(), Some("Next ch"));
        assert_eq!(letters("改动", "下一处改动").as_deref(), Some("改动"));
        assert_eq!(letters("下改", "下一处改动").as_deref(), Some("下改"));
        assert_eq!(letters("rhm", "remove_header_map_value").as_deref(), Some("rhm"));
    }

    #[test]
    fn strewn_letters_are_not_meant() {
        assert_eq!(letters("mask", "Messages of HTTP, shown and packed"), None);
        assert_eq!(letters("zz", "Zoom in"), None);
    }

    #[test]
    fn what_begins_a_word_counts_more() {
        let score = |query, name| find(query, name).map_or(i32::MIN, |found| found.score);
        assert!(score("run", "Run") > score("run", "Run again"));
        assert!(score("log", "Show logs") > score("log", "Catalog"));
        assert!(score("sh", "Show") > score("sh", "Sa ha"));
    }

    #[test]
    fn strange_names_end_the_search() {
        let name = "a ".repeat(5_000);
        assert_eq!(find(&"a".repeat(40).replace("aa", "ab"), &name), None);
    }
}
