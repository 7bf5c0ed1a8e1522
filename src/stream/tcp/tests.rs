//! The rules without wasm: filters that answer from a script.

use super::*;

/// What filters do, and what was seen.
struct Bench {
    connection: Connection,
    /// Answers by filter and callback; what has none goes on.
    stops: Vec<(usize, Callback)>,
    /// Filters that resume themselves, or the filter named second, in this callback.
    resumes: Vec<(usize, Callback, usize)>,
    closes: Vec<(usize, Callback)>,
    seen: Vec<String>,
}

impl Bench {
    fn new(filters: usize) -> Self {
        Self {
            connection: Connection::new(filters, 100),
            stops: Vec::new(),
            resumes: Vec::new(),
            closes: Vec::new(),
            seen: Vec::new(),
        }
    }

    fn answer(&mut self, filter: usize, callback: Callback) -> bool {
        for (_, _, other) in
            self.resumes.clone().into_iter().filter(|(f, c, _)| (*f, *c) == (filter, callback))
        {
            resume(self, other);
        }
        if self.closes.contains(&(filter, callback)) {
            close(self, ClosedBy::Filter(place(filter)), false);
        }
        self.stops.contains(&(filter, callback))
    }

    fn client(&mut self, bytes: &'static str) {
        arrive(self, Direction::Request, Bytes::from_static(bytes.as_bytes()), None);
    }

    fn upstream(&mut self, bytes: &'static str) {
        arrive(self, Direction::Response, Bytes::from_static(bytes.as_bytes()), None);
    }

    fn ends(&mut self, direction: Direction, how: Arrival) {
        arrive(self, direction, Bytes::new(), Some(how));
    }
}

impl Surroundings for Bench {
    fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    fn on_new_connection(&mut self, filter: usize) -> bool {
        self.seen.push(format!("{filter} new"));
        self.answer(filter, Callback::NewConnection)
    }

    fn on_data(&mut self, filter: usize, direction: Direction, end: bool) -> bool {
        let size = self.connection.data(filter, direction).len();
        let (name, callback) = match direction {
            Direction::Request => ("down", Callback::DownstreamData),
            Direction::Response => ("up", Callback::UpstreamData),
        };
        self.seen.push(format!("{filter} {name} {size} {}", u32::from(end)));
        self.answer(filter, callback)
    }

    fn on_upstream_end(&mut self, filter: usize) {
        self.seen.push(format!("{filter} up_close"));
    }

    fn connected(&mut self) {
        self.seen.push("connected".into());
    }

    fn to_peer(&mut self, direction: Direction, bytes: Vec<u8>, end: bool) {
        let to = if direction == Direction::Request { "upstream" } else { "client" };
        self.seen.push(format!(
            "{to} got {}{}",
            String::from_utf8_lossy(&bytes),
            if end { " and the end" } else { "" }
        ));
    }

    fn end(&mut self, by: ClosedBy, remote: bool) {
        self.seen.push(format!("closed by {} {}", by.name(), if remote { 2 } else { 1 }));
    }

    fn record(&mut self, action: StreamAction) {
        match action {
            StreamAction::Paused { filter, .. } => self.seen.push(format!("paused by {filter}")),
            StreamAction::Resumed { filter, .. } => self.seen.push(format!("resumed {filter}")),
            _ => {}
        }
    }
}

#[test]
fn filters_are_asked_about_the_connection_before_there_is_an_upstream() {
    let mut bench = Bench::new(2);
    bench.stops = vec![(0, Callback::NewConnection)];
    open(&mut bench);
    bench.client("hello");
    assert_eq!(bench.seen, ["0 new", "paused by 0"]);
    assert_eq!(bench.connection.paused_by(Direction::Request), Some((0, Callback::NewConnection)));
    resume(&mut bench, 0);
    settle(&mut bench);
    let rest = ["resumed 0", "1 new", "connected", "0 down 5 0", "1 down 5 0", "upstream got hello"];
    assert_eq!(bench.seen[2..], rest);
    assert_eq!(bench.connection.paused_by(Direction::Request), None);
}

#[test]
fn a_stop_shows_all_filters_everything_again() {
    let mut bench = Bench::new(2);
    open(&mut bench);
    bench.stops = vec![(1, Callback::DownstreamData)];
    bench.client("ab");
    bench.client("c");
    bench.seen.drain(..3);
    assert_eq!(bench.seen, ["0 down 2 0", "1 down 2 0", "paused by 1", "0 down 3 0", "1 down 3 0"]);
    assert_eq!(bench.connection.data(1, Direction::Request), b"abc");
    assert_eq!(bench.connection.data(0, Direction::Request), b"", "it let them go");
    assert!(bench.connection.data_mut(0, Direction::Request).is_none());
    bench.stops.clear();
    bench.client("d");
    assert_eq!(bench.seen[5..], ["0 down 4 0", "1 down 4 0", "resumed 1", "upstream got abcd"]);
}

#[test]
fn the_way_back_is_in_reverse_and_its_end_is_told_by_each_filter() {
    let mut bench = Bench::new(2);
    open(&mut bench);
    bench.upstream("x");
    bench.ends(Direction::Response, Arrival::End);
    bench.ends(Direction::Request, Arrival::End);
    bench.seen.drain(..3);
    let expected = [
        "1 up 1 0",
        "0 up 1 0",
        "client got x",
        "1 up 0 1",
        "1 up_close",
        "0 up 0 1",
        "0 up_close",
        "client got  and the end",
        "0 down 0 1",
        "1 down 0 1",
        "upstream got  and the end",
        "closed by both_ends 2",
    ];
    assert_eq!(bench.seen, expected);
}

#[test]
fn what_arrives_with_the_end_is_read_with_it() {
    let mut bench = Bench::new(1);
    open(&mut bench);
    arrive(&mut bench, Direction::Request, Bytes::from_static(b"hi"), Some(Arrival::End));
    assert_eq!(bench.seen[2..], ["0 down 2 1", "upstream got hi and the end"]);
}

#[test]
fn a_resume_from_inside_passes_on_at_once() {
    let mut bench = Bench::new(2);
    open(&mut bench);
    bench.stops = vec![(0, Callback::DownstreamData)];
    bench.resumes = vec![(0, Callback::DownstreamData, 0)];
    bench.client("ab");
    assert_eq!(bench.seen[3..], ["0 down 2 0", "1 down 2 0", "upstream got ab"]);
    assert_eq!(bench.connection.paused_by(Direction::Request), None);
}

#[test]
fn filters_that_resume_each_other_from_inside_come_to_an_end() {
    let mut bench = Bench::new(2);
    open(&mut bench);
    bench.stops = vec![(0, Callback::DownstreamData), (1, Callback::DownstreamData)];
    bench.resumes = vec![(0, Callback::DownstreamData, 0), (1, Callback::DownstreamData, 0)];
    bench.client("ab");
    assert_eq!(bench.seen[3..5], ["0 down 2 0", "1 down 2 0"]);
    assert!(bench.seen.len() < 10, "{:?}", bench.seen);
}

#[test]
fn a_close_from_inside_drops_what_is_passing() {
    for callback in [Callback::NewConnection, Callback::DownstreamData, Callback::UpstreamData] {
        let mut bench = Bench::new(2);
        bench.closes = vec![(0, callback)];
        open(&mut bench);
        bench.client("ab");
        bench.upstream("cd");
        bench.ends(Direction::Request, Arrival::Reset);
        let closed = bench.seen.iter().filter(|line| line.starts_with("closed")).count();
        assert_eq!(closed, 1, "{:?}", bench.seen);
        assert_eq!(bench.seen.last().map(String::as_str), Some("closed by filter 1"), "{callback:?}");
        let got_none = bench.seen.iter().all(|line| line != "client got cd");
        assert!(got_none, "{:?}", bench.seen);
    }
}

#[test]
fn a_full_buffer_is_read_again_when_half_of_it_is_gone() {
    let mut bench = Bench::new(1);
    open(&mut bench);
    bench.stops = vec![(0, Callback::DownstreamData)];
    let long: &'static str = "x".repeat(20_000).leak();
    bench.client(long);
    bench.ends(Direction::Request, Arrival::End);
    assert_eq!(bench.seen[2..], ["0 down 16384 0", "paused by 0"]);
    let held = bench.connection.data_mut(0, Direction::Request).expect("it is held");
    held.truncate(51);
    settle(&mut bench);
    assert_eq!(bench.seen.len(), 4, "51 of 100 are more than half");
    bench.connection.data_mut(0, Direction::Request).expect("it is held").truncate(50);
    settle(&mut bench);
    assert_eq!(bench.seen[4..], ["0 down 3666 0"]);
}

#[test]
fn what_is_added_after_the_end_stays_where_it_is() {
    let mut bench = Bench::new(1);
    open(&mut bench);
    bench.ends(Direction::Request, Arrival::End);
    bench.connection.client.buffer.extend(*b"more");
    resume(&mut bench, 0);
    settle(&mut bench);
    assert_eq!(bench.seen[2..], ["0 down 0 1", "upstream got  and the end"]);
    assert_eq!(bench.connection.client.buffer, b"more");
}

#[test]
fn nothing_is_held_by_a_filter_that_took_everything_out() {
    let mut bench = Bench::new(1);
    open(&mut bench);
    bench.stops = vec![(0, Callback::DownstreamData)];
    bench.client("ab");
    bench.connection.data_mut(0, Direction::Request).expect("it is held").clear();
    assert_eq!(bench.connection.paused_by(Direction::Request), None);
}

#[test]
fn without_filters_everything_passes() {
    let mut bench = Bench::new(0);
    open(&mut bench);
    bench.client("ab");
    bench.upstream("cd");
    bench.ends(Direction::Response, Arrival::Reset);
    assert_eq!(bench.seen, ["connected", "upstream got ab", "client got cd", "closed by upstream 1"]);
}

#[test]
fn without_an_upstream_the_connection_is_closed_once_all_filters_let_it_pass() {
    for (failure, flags, is_refused) in
        [(UpstreamFailure::NoEndpoint, 0x2, false), (UpstreamFailure::ConnectionFailure, 0x8020, true)]
    {
        let mut bench = Bench::new(2);
        bench.connection.upstream_failure = Some(failure);
        bench.stops = vec![(1, Callback::NewConnection)];
        open(&mut bench);
        bench.client("early");
        assert_eq!(bench.seen, ["0 new", "1 new", "paused by 1"], "{failure:?}");
        bench.seen.clear();
        resume(&mut bench, 1);
        assert_eq!(bench.seen, ["resumed 1", "closed by no_upstream 1"], "{failure:?}");
        assert_eq!(bench.connection.flags, flags);
        assert_eq!(bench.connection.upstream_refused, is_refused);
        assert!(!bench.connection.upstream_started);
    }
}

#[test]
fn an_upstream_that_aborts_is_told_by_the_flags() {
    let mut bench = Bench::new(1);
    open(&mut bench);
    bench.ends(Direction::Response, Arrival::Reset);
    assert_eq!(bench.seen.last().map(String::as_str), Some("closed by upstream 1"));
    assert_eq!(bench.connection.flags, 0x10);
}
