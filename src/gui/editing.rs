//! Which parts of the scenario the editors show, and edits that more than one place of the window makes.

use super::widgets::OrderChange;
use crate::scenario::{Filter, Reply, Request, Scenario, Then};

/// What is chosen in the lists of the editors, each counted from 0. One that is beyond the end stands for the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Editing {
    /// The request that the tabs Request and Response show: the scenario's own one, then those of `then`.
    pub request: usize,
    pub step: usize,
    pub filter: usize,
    pub mock: usize,
    /// An answer of that mock.
    pub answer: usize,
    /// A reply to that request when it is made again.
    pub again: usize,
    pub property: usize,
    pub expectation: usize,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    Request(usize),
    Step(usize),
    Filter(usize),
    Mock(usize),
    Answer(usize),
    Again(usize),
    Property(usize),
    Expectation(usize),
}

impl Editing {
    pub fn choose(&mut self, chosen: Chosen) {
        match chosen {
            Chosen::Request(place) => (self.request, self.again) = (place, 0),
            Chosen::Step(place) => self.step = place,
            Chosen::Filter(place) => self.filter = place,
            Chosen::Mock(place) => (self.mock, self.answer) = (place, 0),
            Chosen::Answer(place) => self.answer = place,
            Chosen::Again(place) => self.again = place,
            Chosen::Property(place) => self.property = place,
            Chosen::Expectation(place) => self.expectation = place,
        }
    }

    /// The request that is edited; the scenario may have fewer by now.
    pub fn request_of(&self, scenario: &Scenario) -> usize {
        self.request.min(scenario.then.len())
    }
}

/// A message of one of the scenario's requests, and which request says it: what `then` leaves out is as before.
pub struct Said<'a, T> {
    pub message: &'a T,
    pub by: usize,
}

/// The request at a place, from 0: the scenario's own one, then those of `then`.
pub fn request_at(scenario: &Scenario, place: usize) -> Said<'_, Request> {
    said(&scenario.request, scenario, place, |then| then.request.as_ref())
}

/// The reply to it.
pub fn reply_at(scenario: &Scenario, place: usize) -> Said<'_, Reply> {
    said(&scenario.reply, scenario, place, |then| then.reply.as_ref())
}

fn said<'a, T>(
    own: &'a T,
    scenario: &'a Scenario,
    place: usize,
    of: impl Fn(&'a Then) -> Option<&'a T>,
) -> Said<'a, T> {
    let given = scenario.then.iter().take(place).enumerate();
    let last = given.filter_map(|(index, then)| Some((index + 1, of(then)?))).last();
    let (by, message) = last.unwrap_or((0, own));
    Said { message, by }
}

/// Gives a place a request of its own.
pub fn set_request(scenario: &mut Scenario, place: usize, request: Request) {
    match place.checked_sub(1).and_then(|place| scenario.then.get_mut(place)) {
        Some(then) => then.request = Some(request),
        None => scenario.request = request,
    }
}

/// Gives a place a reply of its own.
pub fn set_reply(scenario: &mut Scenario, place: usize, reply: Reply) {
    match place.checked_sub(1).and_then(|place| scenario.then.get_mut(place)) {
        Some(then) => then.reply = Some(reply),
        None => scenario.reply = reply,
    }
}

/// The exchange of a run in which the request at a place is sent first, from 0; `None`: it is not sent at all.
pub fn exchange_of(scenario: &Scenario, place: usize) -> Option<usize> {
    let before: u64 = (0..place).map(|place| u64::from(repeats(scenario, place))).sum();
    (repeats(scenario, place) > 0).then(|| usize::try_from(before).unwrap_or(usize::MAX))
}

/// The request that is sent in an exchange of a run.
pub fn place_of(scenario: &Scenario, exchange: usize) -> usize {
    let mut left = exchange as u64;
    for place in 0..=scenario.then.len() {
        let times = u64::from(repeats(scenario, place));
        if left < times {
            return place;
        }
        left -= times;
    }
    scenario.then.len()
}

/// How often the request at a place is sent.
pub fn repeats(scenario: &Scenario, place: usize) -> u32 {
    match place.checked_sub(1).and_then(|place| scenario.then.get(place)) {
        Some(then) => then.repeat,
        None => scenario.repeat,
    }
}

/// Moves, copies or removes a request, and says which one is chosen then. What others send stays as it was, also where they
/// said nothing and so sent what one before them did. A copy says nothing: it is as the one before.
pub fn change_requests(scenario: &mut Scenario, change: OrderChange) -> Option<usize> {
    let own = Then {
        request: Some(scenario.request.clone()),
        reply: Some(scenario.reply.clone()),
        repeat: scenario.repeat,
        ..Then::default()
    };
    let sent: Vec<(Request, Reply)> = (0..=scenario.then.len())
        .map(|place| (request_at(scenario, place).message.clone(), reply_at(scenario, place).message.clone()))
        .collect();
    let all = std::iter::once(own).chain(scenario.then.iter().cloned());
    let mut all: Vec<(Then, (Request, Reply))> = all.zip(sent).collect();
    match change {
        OrderChange::Remove(_) if all.len() == 1 => return None,
        OrderChange::Select(_) | OrderChange::Switch(_) => return None,
        _ => {}
    }
    let chosen = change.apply_to(&mut all)?;
    if let OrderChange::Duplicate(_) = change {
        (all[chosen].0.request, all[chosen].0.reply) = (None, None);
    }
    let mut before: Option<(Request, Reply)> = None;
    for (then, (request, reply)) in &mut all {
        let is_as_before = before.as_ref().map(|(a, b)| (a == request, b == reply));
        let (same_request, same_reply) = is_as_before.unwrap_or_default();
        if then.request.is_none() && !same_request {
            then.request = Some(request.clone());
        }
        if then.reply.is_none() && !same_reply {
            then.reply = Some(reply.clone());
        }
        before = Some((request.clone(), reply.clone()));
    }
    let mut all = all.into_iter().map(|(then, _)| then);
    let first = all.next()?;
    scenario.request = first.request.unwrap_or_default();
    scenario.reply = first.reply.unwrap_or_default();
    scenario.repeat = first.repeat;
    scenario.then = all.collect();
    Some(chosen)
}

/// What a module's bytes are to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleUse {
    /// The filter shall have exactly this module: its hash goes into the scenario.
    Pin,
    /// The module itself goes into the scenario.
    PutInside,
}

/// Has expectations mean the filters that they meant before the chain changed; those about one that is gone are off.
pub fn follow_filters(scenario: &mut Scenario, change: OrderChange) {
    for expectation in &mut scenario.expect {
        let Some(filter) = expectation.filter else { continue };
        let at = usize::from(filter);
        let now = match change {
            OrderChange::Remove(row) if at == row => {
                expectation.off = true;
                at
            }
            OrderChange::Remove(row) if at > row => at - 1,
            OrderChange::Duplicate(row) if at > row => at + 1,
            OrderChange::Move { from, to } if at == from => to,
            OrderChange::Move { from, to } if from < at && at <= to => at - 1,
            OrderChange::Move { from, to } if to <= at && at < from => at + 1,
            _ => at,
        };
        expectation.filter = Some(u16::try_from(now).unwrap_or(filter));
    }
}

/// A filter for the end of the chain, with a module at this path.
pub fn filter_at(path: &str) -> Filter {
    Filter { path: path.to_owned(), ..Filter::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(json: &str) -> Scenario {
        serde_json::from_str(json).expect("it is a scenario")
    }

    #[test]
    fn what_a_request_does_not_say_is_as_before() {
        let scenario = scenario(
            r#"{"request":{"url":"http://a/"},"then":[{"repeat":2},{"request":{"url":"http://b/"},"reply":{"status":404}},{}]}"#,
        );
        let urls: Vec<_> = (0..4)
            .map(|place| request_at(&scenario, place))
            .map(|said| (said.message.url.as_str(), said.by))
            .collect();
        assert_eq!(urls, [("http://a/", 0), ("http://a/", 0), ("http://b/", 2), ("http://b/", 2)]);
        assert_eq!((reply_at(&scenario, 1).by, reply_at(&scenario, 3).message.status), (0, 404));
    }

    #[test]
    fn an_edit_makes_a_request_its_own() {
        let mut scenario = scenario(r#"{"request":{"url":"http://a/"},"then":[{},{}]}"#);
        set_request(&mut scenario, 1, Request { url: "http://b/".into(), ..Request::default() });
        assert_eq!(request_at(&scenario, 0).message.url, "http://a/");
        assert_eq!(request_at(&scenario, 2).message.url, "http://b/", "the one behind it is as before");
        set_request(&mut scenario, 0, Request { url: "http://c/".into(), ..Request::default() });
        assert_eq!(scenario.request.url, "http://c/");
    }

    #[test]
    fn moved_requests_send_what_they_sent() {
        let first = scenario(
            r#"{"request":{"url":"http://a/"},"then":[{"request":{"url":"http://b/"}},{"wait_ms":5}]}"#,
        );
        let urls = |scenario: &Scenario| -> Vec<String> {
            (0..=scenario.then.len()).map(|place| request_at(scenario, place).message.url.clone()).collect()
        };
        let mut moved = first.clone();
        assert_eq!(change_requests(&mut moved, OrderChange::Move { from: 2, to: 0 }), Some(0));
        assert_eq!(urls(&moved), ["http://b/", "http://a/", "http://b/"]);
        let mut removed = first.clone();
        assert_eq!(change_requests(&mut removed, OrderChange::Remove(1)), Some(1));
        assert_eq!(urls(&removed), ["http://a/", "http://b/"]);
        let mut copied = first.clone();
        assert_eq!(change_requests(&mut copied, OrderChange::Duplicate(0)), Some(1));
        assert_eq!(urls(&copied), ["http://a/", "http://a/", "http://b/", "http://b/"]);
        assert_eq!(copied.then[0].request, None, "it is as the one before");
        assert_eq!(copied.then[2].request, None, "and so is this one still");
        let mut one = scenario("{}");
        assert_eq!(change_requests(&mut one, OrderChange::Remove(0)), None, "one is always there");
    }

    #[test]
    fn expectations_follow_their_filters() {
        let at = |change| {
            let mut scenario = scenario(r#"{"expect":[{"filter":0},{"filter":1},{"filter":2}]}"#);
            follow_filters(&mut scenario, change);
            let of = scenario.expect.iter().map(|one| (one.filter.unwrap_or_default(), one.off));
            of.collect::<Vec<_>>()
        };
        assert_eq!(at(OrderChange::Move { from: 0, to: 2 }), [(2, false), (0, false), (1, false)]);
        assert_eq!(at(OrderChange::Move { from: 2, to: 0 }), [(1, false), (2, false), (0, false)]);
        assert_eq!(at(OrderChange::Remove(1)), [(0, false), (1, true), (1, false)]);
        assert_eq!(at(OrderChange::Duplicate(0)), [(0, false), (2, false), (3, false)]);
    }

    #[test]
    fn requests_and_exchanges_of_a_run_lead_to_each_other() {
        let scenario = scenario(r#"{"repeat":2,"then":[{"repeat":0},{"repeat":3}]}"#);
        assert_eq!([0, 1, 2].map(|place| exchange_of(&scenario, place)), [Some(0), None, Some(2)]);
        assert_eq!([0, 1, 2, 4, 99].map(|exchange| place_of(&scenario, exchange)), [0, 0, 2, 2, 2]);
    }
}
