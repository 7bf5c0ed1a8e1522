//! Compares trees of callbacks and host calls.

use crate::case::{Call, Compare};
use crate::compare::{Differences, shown_call};
use crate::mask;

/// Arguments that are addresses in the guest's memory, by the name of the host call without its beginning.
const POINTERS: &[(&str, &[usize])] = &[
    ("log", &[1]),
    ("get_log_level", &[0]),
    ("get_status", &[0, 1, 2]),
    ("set_property", &[0, 2]),
    ("get_property", &[0, 2, 3]),
    ("send_local_response", &[1, 3, 5]),
    ("get_shared_data", &[0, 2, 3, 4]),
    ("set_shared_data", &[0, 2]),
    ("register_shared_queue", &[0, 2]),
    ("resolve_shared_queue", &[0, 2, 4]),
    ("dequeue_shared_queue", &[1, 2]),
    ("enqueue_shared_queue", &[1]),
    ("get_header_map_value", &[1, 3, 4]),
    ("add_header_map_value", &[1, 3]),
    ("replace_header_map_value", &[1, 3]),
    ("remove_header_map_value", &[1]),
    ("get_header_map_pairs", &[1, 2]),
    ("set_header_map_pairs", &[1]),
    ("get_header_map_size", &[1]),
    ("get_buffer_status", &[1, 2]),
    ("get_buffer_bytes", &[3, 4]),
    ("set_buffer_bytes", &[3]),
    ("http_call", &[0, 2, 4, 6, 9]),
    ("grpc_call", &[0, 2, 4, 6, 8, 11]),
    ("grpc_send", &[1]),
    ("define_metric", &[1, 3]),
    ("get_metric", &[1]),
    ("get_current_time_nanoseconds", &[0]),
    ("call_foreign_function", &[0, 2, 4, 5]),
    ("get_configuration", &[0, 1]),
    ("fd_write", &[1, 3]),
    ("fd_read", &[1, 3]),
    ("fd_seek", &[3]),
    ("fd_fdstat_get", &[1]),
    ("fd_prestat_get", &[1]),
    ("clock_res_get", &[1]),
    ("clock_time_get", &[2]),
    ("random_get", &[0]),
    ("environ_sizes_get", &[0, 1]),
    ("environ_get", &[0, 1]),
    ("args_sizes_get", &[0, 1]),
    ("args_get", &[0, 1]),
    ("poll_oneoff", &[0, 1, 3]),
    ("path_open", &[2, 8]),
];

const ALLOCATORS: &[&str] = &["malloc", "proxy_on_memory_allocate"];

/// Compares the callbacks of one part of a run.
pub fn compare(out: &mut Differences, rules: &Compare, expected: &[Call], got: &[Call]) {
    compare_lists(out, rules, "calls", expected, got);
}

fn compare_lists(out: &mut Differences, rules: &Compare, path: &str, expected: &[Call], got: &[Call]) {
    for index in 0..expected.len().max(got.len()) {
        let place = format!("{path}[{index}]");
        let (want, have) = match (expected.get(index), got.get(index)) {
            (Some(want), Some(have)) => (want, have),
            (want, have) => {
                let shown = |call: Option<&Call>| call.map_or("no further call".into(), shown_call);
                return out.add(place, shown(want), shown(have));
            }
        };
        if !is_same(rules, want, have) {
            return out.add(place, shown_call(want), shown_call(have));
        }
        let before = out.found.len();
        compare_lists(out, rules, &format!("{place}.host"), &want.host, &have.host);
        if out.found.len() > before {
            return;
        }
    }
}

/// Whether two calls by themselves are the same: name, arguments that are no addresses, answer, log lines.
fn is_same(rules: &Compare, want: &Call, have: &Call) -> bool {
    let name = want.name();
    let logs = |call: &Call| -> Vec<String> { call.log.iter().map(|line| mask::line(rules, line)).collect() };
    let (want_logs, have_logs) = (logs(want), logs(have));
    // The length of a line that holds a masked value differs with the value.
    let is_masked = want_logs != want.log || have_logs != have.log;
    let short = name.rsplit('.').next().unwrap_or(name);
    let short = short.strip_prefix("proxy_").unwrap_or(short);
    let pointers = POINTERS.iter().find(|(known, _)| *known == short && want.function.is_some());
    let pointers = pointers.map_or([].as_slice(), |(_, pointers)| pointers);
    let counts = |place: &usize| {
        let is_length = name == "proxy_log" && *place == 2 && is_masked;
        !pointers.contains(place) && !is_length
    };
    let same_args = want.args.len() == have.args.len()
        && (0..want.args.len()).filter(counts).all(|place| want.args[place] == have.args[place]);
    let same_answer = want.ret == have.ret || ALLOCATORS.contains(&name);
    let same_filter = want.filter.is_none() || want.filter == have.filter;
    name == have.name() && same_args && same_answer && same_filter && want_logs == have_logs
}
