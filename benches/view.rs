//! What the views cost at the sizes they are designed for: a body of 10 MB, read in every way that bodies are shown, 200,000
//! events.

use std::borrow::Cow;
use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};

use filterlab::abi::{Callback, HostCall, LogLevel};
use filterlab::http::Header;
use filterlab::scenario::Scenario;
use filterlab::trace::{
    Change, ChangeOp, Channel, EventId, Leftovers, Outcome, Part, Recorder, Returned, Trace,
};
use filterlab::view::Language;
use filterlab::view::body::{self, Declared};
use filterlab::view::diff::{BodyDiff, marks};
use filterlab::view::host_calls::{HostCalls, Query};
use filterlab::view::logs::{Levels, Logs};
use filterlab::view::state::{Section, State, Words};
use filterlab::view::timeline::Timeline;

/// 10 MB of JSON records, with every phone number masked or not.
fn records(is_masked: bool) -> Bytes {
    let record = |number: usize| {
        let middle = if is_masked { "****".to_owned() } else { format!("{:04}", number % 10_000) };
        let (name, amount) = (number % 89, number % 97);
        format!(
            "{{\"id\":{number},\"name\":\"张{name}\",\"phone\":\"138{middle}5678\",\"amount\":{amount}.5}}"
        )
    };
    let all: Vec<String> = (0..150_000).map(record).collect();
    format!("[{}]", all.join(",")).into()
}

/// 10 MB of text lines, one in a hundred changed or not.
fn lines(is_changed: bool) -> Bytes {
    let line = |number: usize| match number % 100 {
        7 if is_changed => format!("changed {number}\n"),
        _ => format!("line {number} {}\n", number * 7919 % 1000),
    };
    (0..550_000).map(line).collect::<String>().into()
}

/// 200,000 events: callbacks with 66 calls each, half of which write a log line.
fn trace() -> Trace {
    let mut recorder = Recorder::default();
    while recorder.exceeded().is_none() {
        let callback = recorder.begin_callback(Callback::Tick, 0, &[1]);
        for number in 0..66 {
            let call = if number % 2 == 0 { HostCall::Log } else { HostCall::GetHeaderMapValue };
            let id = recorder.begin_call(call, &[0, 1_048_576, 12]).expect("calls are recorded");
            if call == HostCall::Log {
                let text = format!("request {number} went to the upstream with x-request-id b7c1f7d0-52a4");
                recorder.log(LogLevel::Info, Channel::Log, 0, 1, text.as_bytes());
            }
            recorder.end_call(id, Returned::Number(0), 700);
        }
        recorder.end_callback(callback, Ok(None), 100_000);
    }
    recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 })
}

/// 200,000 events, nearly all of them writes of shared data: 20,000 keys, each written some ten times.
fn writes() -> Trace {
    let mut recorder = Recorder::default();
    let mut number = 0;
    while recorder.exceeded().is_none() {
        let callback = recorder.begin_callback(Callback::Tick, 0, &[1]);
        for _ in 0..66 {
            number += 1;
            let id =
                recorder.begin_call(HostCall::SetSharedData, &[0, 8, 16, 2, 0]).expect("calls are recorded");
            let (name, value) = (format!("key {}", number % 20_000), number.to_string());
            recorder.change(|event| Change {
                event,
                exchange: None,
                part: Part::SharedData,
                op: ChangeOp::Add,
                name: name.into(),
                before: None,
                after: Some(value.into()),
                offset: 0,
            });
            recorder.end_call(id, Returned::Number(0), 700);
        }
        recorder.end_callback(callback, Ok(None), 100_000);
    }
    recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 })
}

/// 200,000 log lines and nothing else.
fn log() -> Trace {
    let mut recorder = Recorder::default();
    for number in 0..200_000 {
        let level = LogLevel::ALL[number % LogLevel::ALL.len()];
        let text = format!("request {number} went to the upstream with x-request-id b7c1f7d0-52a4");
        recorder.log(level, Channel::Log, 0, 1, text.as_bytes());
    }
    recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 })
}

fn bodies(c: &mut Criterion) {
    let mut group = c.benchmark_group("body of 10 MB");
    group.sample_size(10);
    let (before, after) = (records(false), records(true));
    group.bench_function("JSON, 150,000 values changed", |b| b.iter(|| BodyDiff::new(&before, &after)));
    let diff = BodyDiff::new(&before, &after);
    let middle = diff.len() / 2;
    group.bench_function("JSON, 50 rows from the middle", |b| {
        b.iter(|| (middle..middle + 50).for_each(|row| drop(black_box(diff.row(row)))));
    });
    let (before, after) = (lines(false), lines(true));
    group.bench_function("text, 5,500 lines changed", |b| b.iter(|| BodyDiff::new(&before, &after)));

    // Read by the headers, as the window does; the yardstick is the same text without them.
    let plain = declared(&[("content-type", "text/plain")]);
    group.bench_function("text, read by its headers", |b| {
        b.iter(|| body::read((&before, &plain), (&after, &plain)));
    });
    let gzip = declared(&[("content-type", "text/plain"), ("content-encoding", "gzip")]);
    let packed = [gzipped(&before), gzipped(&after)];
    group.bench_function("text, compressed with gzip", |b| {
        b.iter(|| body::read((&packed[0], &gzip), (&packed[1], &gzip)));
    });
    let form = declared(&[("content-type", "application/x-www-form-urlencoded")]);
    let (before, after) = (fields(0), fields(1));
    group.bench_function("form, 3,300 fields changed", |b| {
        b.iter(|| body::read((&before, &form), (&after, &form)));
    });
    let parts = declared(&[("content-type", "multipart/form-data; boundary=frontier")]);
    let (before, after) = (multipart(0), multipart(1));
    group.bench_function("multipart, a file of 10 MB and 1,000 fields", |b| {
        b.iter(|| body::read((&before, &parts), (&after, &parts)));
    });
    group.bench_function("bytes", |b| b.iter(|| body::as_bytes(&before, &after)));
    group.finish();
}

/// One row of a body whose lines are long and have no word in common.
fn words(c: &mut Criterion) {
    let line = |first: usize| -> String { (first..first + 500).map(|word| format!("{word:07} ")).collect() };
    let (before, after) = (line(10_000), line(20_000));
    c.bench_function("words of two lines of 4 KB", |b| b.iter(|| marks(&before, &after)));
}

fn declared(headers: &[(&'static str, &'static str)]) -> Declared {
    let headers: Vec<Header> = headers.iter().map(|(name, value)| Header::new(*name, *value)).collect();
    Declared::of(&headers)
}

fn gzipped(text: &[u8]) -> Bytes {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut writer, text).expect("memory takes it");
    writer.finish().expect("memory takes it").into()
}

/// 10 MB of escaped fields, one in a hundred changed by `shift`.
fn fields(shift: usize) -> Bytes {
    let field = |number: usize| {
        let value = if number.is_multiple_of(100) { number + shift } else { number };
        format!("field{number}=%E5%BC%A0+{value}&")
    };
    (0..330_000).map(field).collect::<String>().into()
}

/// A file of 10 MB between short fields, a byte of it changed by `shift`.
fn multipart(shift: u8) -> Bytes {
    let mut body = Vec::new();
    for number in 0..1_000 {
        body.extend(
            format!("--frontier\r\ncontent-disposition: form-data; name=\"f{number}\"\r\n\r\n{number}\r\n")
                .into_bytes(),
        );
    }
    body.extend(b"--frontier\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n");
    let file = (0..10_000_000u32)
        .map(|at| if at == 5_000_000 { shift } else { (at.wrapping_mul(2_654_435_761) >> 24) as u8 });
    body.extend(file);
    body.extend(b"\r\n--frontier--\r\n");
    body.into()
}

fn events(c: &mut Criterion) {
    let trace = trace();
    let mut group = c.benchmark_group("200,000 events");
    group.sample_size(20);
    group.bench_function("timeline", |b| b.iter(|| Timeline::new(&trace)));
    let scenario = Scenario::default();
    let written = writes();
    group.bench_function("state", |b| b.iter(|| State::new(&written, &scenario)));
    let state = State::new(&written, &scenario);
    let words = Words {
        language: Language::English,
        state: &state,
        trace: &written,
        scenario: &scenario,
        masks: true,
    };
    let middle = Some(EventId::from_index(100_000));
    group.bench_function("state, 50 rows after event 100,000", |b| {
        b.iter(|| {
            let rows = state.len(Section::SharedData, middle);
            (rows / 2..rows / 2 + 50)
                .for_each(|row| drop(black_box(words.cells(Section::SharedData, row, middle))));
        });
    });
    let timeline = Timeline::new(&trace);
    group.bench_function("visible rows", |b| b.iter(|| timeline.visible(|row| row % 2 == 0)));
    let calls = HostCalls::new(&trace);
    let describe = |_| Cow::Borrowed("request headers, x-request-id → b7c1f7d0");
    let query = Query::parse("kind:read x-user");
    group.bench_function("host calls, filtered", |b| {
        b.iter(|| calls.rows.iter().filter(|row| query.matches(row, describe)).count());
    });
    group.finish();
    let trace = log();
    let logs = Logs::new(&trace);
    let mut group = c.benchmark_group("200,000 log lines");
    group.sample_size(20);
    group.bench_function("filtered", |b| {
        b.iter(|| logs.filter(&trace, Levels::from(LogLevel::Info), "199999 WENT"));
    });
    group.bench_function("filtered by Chinese text", |b| b.iter(|| logs.filter(&trace, Levels::ALL, "脱敏")));
    group.finish();
}

criterion_group!(benches, bodies, words, events);
criterion_main!(benches);
