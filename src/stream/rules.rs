//! How a message moves through the filters (Envoy's `filter_manager.cc`; `host-spec`, sections 5.1 to 5.3).

use super::reply::run_prepared_reply;
use super::retry::keep;
use super::router::route_request;
use super::{End, Iteration, LocalReply, Passed, Stream, Surroundings, View, flags, reply, wire};
use crate::abi::{Callback, DataStatus, HeadersStatus, TrailersStatus};
use crate::http::{HeaderMap, MapKind, Protocol};
use crate::trace::{Direction, Finding, StreamAction};

/// Where in the chain to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    First,
    /// The filter itself: it has not seen this part yet.
    At(usize),
    After(usize),
}

/// A piece of a body on its way.
enum Data {
    Piece(Vec<u8>),
    /// What the direction holds, in place.
    Held,
}

impl Default for Data {
    fn default() -> Self {
        Self::Piece(Vec::new())
    }
}

/// Does something to a stream, and tells of its end when all is done.
///
/// A stream may end deep inside, while callbacks are still on the stack. [`finish`] knows when that waits.
pub(super) fn enter<H: Surroundings>(host: &mut H, work: impl FnOnce(&mut H)) {
    host.stream().entered += 1;
    work(host);
    let stream = host.stream();
    stream.entered -= 1;
    if stream.entered == 0
        && let Some(how) = stream.ending.take()
    {
        stream.was_told = true;
        host.end(how);
    }
}

/// Does something that the client's message called for. Until that is done, an HTTP/2 codec writes nothing.
fn dispatch<H: Surroundings>(host: &mut H, direction: Direction, work: impl FnOnce(&mut H)) {
    let stream = host.stream();
    stream.dispatching = direction == Direction::Request && stream.protocol == Protocol::Http2;
    enter(host, work);
    let stream = host.stream();
    stream.dispatching = false;
    stream.began_unwritten = false;
}

/// Tells of the end of a stream as soon as Envoy's filters log and are deleted: when its codec has written the end of
/// the answer, or resets the stream. That is at once, while callbacks are on the stack, except where the codec still
/// reads what the client sent (recorded cases 04-026, 30-001 and 30-002). An answer before the end of the request
/// resets the stream.
fn finish(host: &mut impl Surroundings, how: End) {
    let stream = host.stream();
    if how == End::Complete && stream.dispatching && stream.request.complete {
        stream.ending = Some(how);
    } else {
        stream.was_told = true;
        host.end(how);
    }
}

/// The head of a message arrived.
pub fn receive_headers(host: &mut impl Surroundings, direction: Direction, headers: HeaderMap, end: bool) {
    if direction == Direction::Response {
        host.stream().code = wire::status(&headers);
    }
    dispatch(host, direction, |host| begin_message(host, direction, headers, end));
}

pub(super) fn begin_message(
    host: &mut impl Surroundings,
    direction: Direction,
    headers: HeaderMap,
    end: bool,
) {
    let stream = host.stream();
    if stream.over.is_some() {
        return;
    }
    match direction {
        Direction::Request => stream.take_request(headers),
        Direction::Response => stream.response.headers = Some(headers),
    }
    stream.side_mut(direction).complete |= end;
    if direction == Direction::Request {
        stream.find_route();
    }
    pass_headers(host, direction, From::First, end);
}

/// A piece of a body arrived.
pub fn receive_data(host: &mut impl Surroundings, direction: Direction, bytes: &[u8], end: bool) {
    let stream = host.stream();
    if stream.over.is_some() {
        return;
    }
    dispatch(host, direction, |host| take_piece(host, direction, bytes, end));
}

/// Sends a piece through the filters from the first one on, also on a stream that is over.
pub(super) fn take_piece(host: &mut impl Surroundings, direction: Direction, bytes: &[u8], end: bool) {
    let side = host.stream().side_mut(direction);
    side.complete |= end;
    side.received += bytes.len() as u64;
    if is_answered(host, direction) {
        return;
    }
    // What a filter wrote since to the empty rest of the last piece lies in front of this one.
    let slots = &mut host.stream().slots;
    let mut piece: Vec<u8> =
        slots.iter_mut().flat_map(|slot| std::mem::take(&mut slot.side_mut(direction).piece)).collect();
    piece.extend(bytes);
    pass_data(host, direction, From::First, Data::Piece(piece), end);
}

/// Whether the upstream has answered to the end, and wants nothing more of the request: no filter sees the rest of it
/// (recorded case 30-013).
fn is_answered(host: &mut impl Surroundings, direction: Direction) -> bool {
    let stream = host.stream();
    direction == Direction::Request && stream.response.complete && stream.local_reply.is_none()
}

/// HTTP/2 METADATA arrived. It passes every filter, and waits where the headers wait (recorded cases 29-120, 29-121).
pub fn receive_metadata(host: &mut impl Surroundings, direction: Direction, entries: u32) {
    if host.stream().over.is_none() {
        dispatch(host, direction, |host| pass_metadata(host, direction, From::First, entries));
    }
}

fn pass_metadata(host: &mut impl Surroundings, direction: Direction, from: From, entries: u32) {
    for filter in filters_from(host.stream(), direction, from) {
        let own = host.stream().slots[filter].side_mut(direction);
        if !own.saw_headers || own.iteration.stops_all() {
            own.held_metadata.push(entries);
            return;
        }
        host.on_metadata(filter, direction, entries);
        if host.stream().over.is_some() {
            return;
        }
    }
}

/// Sends on what waited for the headers.
fn pass_held_metadata(host: &mut impl Surroundings, direction: Direction) {
    for filter in filters_from(host.stream(), direction, From::First) {
        let own = host.stream().slots[filter].side_mut(direction);
        if own.saw_headers && !own.iteration.stops_all() {
            for entries in std::mem::take(&mut own.held_metadata) {
                pass_metadata(host, direction, From::At(filter), entries);
            }
        }
    }
}

/// Trailers arrived, and with them the end of the message.
pub fn receive_trailers(host: &mut impl Surroundings, direction: Direction, trailers: HeaderMap) {
    let stream = host.stream();
    if stream.over.is_some() {
        return;
    }
    let side = stream.side_mut(direction);
    side.complete = true;
    if is_answered(host, direction) {
        return;
    }
    host.stream().side_mut(direction).trailers = Some(trailers);
    dispatch(host, direction, |host| pass_trailers(host, direction, From::First));
}

/// Lets a direction go on that this filter stopped.
///
/// Where nothing is stopped Envoy would send the message twice or crash; here that is a finding and nothing happens.
pub fn resume(host: &mut impl Surroundings, direction: Direction, filter: usize) {
    let stream = host.stream();
    // A local reply has taken the message's place: it does not go on, if it came from a callback of the message or if
    // its end is with the last filter (recorded case 30-011).
    let is_answered = direction == Direction::Request && stream.answer_ends;
    let is_paused = stream.slots[filter].side(direction).iteration != Iteration::Running;
    if direction == Direction::Response && is_paused && was_closed(stream) {
        host.report(Finding::ClosedAndContinued);
        return;
    }
    if stream.over.is_some() || stream.side(direction).aborted || is_answered {
        return;
    }
    let side = stream.slots[filter].side(direction);
    let answer = side.answer_stops;
    let arrived = stream.side(direction).headers.is_some();
    match (side.iteration, answer) {
        _ if !arrived => host.report(Finding::ContinueWithoutPause { direction }),
        (Iteration::Running, Some(true)) => {
            host.report(Finding::ContinueThenPause { direction });
            // Once: another filter in the same VM may resume this one again from inside, and so on without end.
            host.stream().slots[filter].side_mut(direction).answer_stops = None;
            enter(host, |host| go_on(host, direction, filter));
        }
        // The callback for trailers lets them go by its own answer; Envoy sends them twice (recorded case 25-037).
        (_, Some(false)) if side.in_trailers => host.report(Finding::ContinueWithoutPause { direction }),
        (Iteration::Running, _) => host.report(Finding::ContinueWithoutPause { direction }),
        _ => {
            if direction == Direction::Request && host.stream().local_reply.is_some() {
                host.report(Finding::AnsweredAndContinued);
            }
            enter(host, |host| go_on(host, direction, filter));
        }
    }
}

/// Whether a filter has reset the stream.
fn was_closed(stream: &Stream) -> bool {
    stream.over == Some(End::Reset { by_filter: true })
}

/// Ends the stream without an answer, or with a cut one.
pub fn reset(host: &mut impl Surroundings, how: End) {
    let stream = host.stream();
    if stream.over.is_some() {
        return;
    }
    stream.over = Some(how);
    if how == End::ClientLeft {
        stream.details = Some("downstream_remote_disconnect".into());
        stream.flags |= flags::CLIENT_LEFT;
    }
    if let End::Reset { by_filter } = how {
        host.record(StreamAction::Reset { by_filter });
    }
    give_up_unfinished(host);
    finish(host, how);
}

/// Resets the upstream's stream, if there is one and it is not over yet.
pub(super) fn give_up(host: &mut impl Surroundings) {
    let stream = host.stream();
    let waits = stream.waits_for_retry();
    if stream.upstream_started && !std::mem::replace(&mut stream.upstream_over, true) && !waits {
        host.reset_upstream();
    }
}

/// The same where something of the request or of its answer is still to come.
fn give_up_unfinished(host: &mut impl Surroundings) {
    let stream = host.stream();
    // Behind a local reply the request may have gone on all the same (recorded case 30-010).
    if stream.local_reply.is_some() || !(stream.request.end_sent && stream.response.complete) {
        give_up(host);
    }
}

/// Envoy's `commonContinue`.
fn go_on(host: &mut impl Surroundings, direction: Direction, filter: usize) {
    let stream = host.stream();
    if stream.over.is_some() {
        return;
    }
    let own = stream.slots[filter].side_mut(direction);
    let stopped_all = own.iteration.stops_all();
    let from = if stopped_all { From::At(filter) } else { From::After(filter) };
    own.goes_on_from_here = stopped_all;
    let was_paused = own.iteration != Iteration::Running;
    own.iteration = Iteration::Running;
    // What was held leaves; the next piece is seen alone (host-spec, section 5.3), unless another filter holds some.
    own.was_buffering |= std::mem::take(&mut own.buffering);
    let send_headers = !own.headers_continued;
    own.headers_continued = true;
    if was_paused {
        host.record(StreamAction::Resumed { direction, filter: place(filter) });
    }
    if send_headers {
        let side = host.stream().side(direction);
        let end = side.complete && side.held.is_none() && side.trailers.is_none();
        pass_headers(host, direction, From::After(filter), end);
    }
    pass_held_metadata(host, direction);
    let side = host.stream().side(direction);
    let had_trailers = side.trailers.is_some();
    let complete = side.complete;
    if side.held.is_some() && host.stream().over.is_none() {
        pass_data(host, direction, from, Data::Held, complete && !had_trailers);
    }
    if had_trailers {
        pass_trailers(host, direction, from);
    }
    host.stream().slots[filter].side_mut(direction).goes_on_from_here = false;
}

/// The filters from `from` on, in the order of the direction.
fn filters_from(stream: &Stream, direction: Direction, from: From) -> impl Iterator<Item = usize> + use<> {
    let skip = match from {
        From::First => 0,
        From::At(filter) => stream.order(direction).take_while(|other| *other != filter).count(),
        From::After(filter) => stream.order(direction).take_while(|other| *other != filter).count() + 1,
    };
    stream.order(direction).skip(skip)
}

/// Whether the chain of this direction was cut short or the stream ended. A prepared reply is sent then.
fn was_cut(host: &mut impl Surroundings, direction: Direction) -> bool {
    let stream = host.stream();
    if stream.over.is_some() {
        if let Some(reply) = stream.prepared.take() {
            host.answer_in_vain(reply);
        }
        return true;
    }
    if !stream.side(direction).aborted {
        return false;
    }
    if direction == Direction::Request {
        run_prepared_reply(host);
    }
    true
}

fn pass_headers(host: &mut impl Surroundings, direction: Direction, from: From, mut end: bool) {
    let mut held_by_end = None;
    for filter in filters_from(host.stream(), direction, from) {
        let stream = host.stream();
        let own = stream.slots[filter].side_mut(direction);
        own.holds_headers = true;
        own.saw_headers = true;
        own.saw_end = end;
        stream.slots[filter].end_of_stream = end;
        stream.note_answer_end(direction, filter, end);
        stream.side_mut(direction).callbacks_running += 1;
        let status = host.on_headers(filter, direction, end);
        let stream = host.stream();
        stream.side_mut(direction).callbacks_running -= 1;
        let own = stream.slots[filter].side_mut(direction);
        own.answer_stops = None;
        if status == HeadersStatus::Continue {
            own.holds_headers = false;
        }
        if was_cut(host, direction) {
            return;
        }
        let own = host.stream().slots[filter].side_mut(direction);
        own.iteration = match status {
            HeadersStatus::Continue => {
                own.headers_continued = true;
                Iteration::Running
            }
            HeadersStatus::StopIteration => Iteration::StopSingle,
            HeadersStatus::StopAllIterationAndBuffer => Iteration::StopAllBuffer,
            HeadersStatus::StopAllIterationAndWatermark => Iteration::StopAllWatermark,
        };
        if own.iteration != Iteration::Running {
            let passed = own.headers_continued && end;
            own.stopped_in = Some(headers_callback(direction));
            if passed {
                // A resume in the same callback has sent the whole message already.
                own.iteration = Iteration::Running;
            } else {
                paused(host, direction, filter);
            }
            return;
        }
        // A filter gave a message without a body bytes to send: the rest of the chain sees them as its body.
        if end && host.stream().side(direction).held.is_some() && held_by_end.is_none() {
            held_by_end = Some(filter);
            end = false;
        }
    }
    match direction {
        Direction::Request => route_request(host, end),
        Direction::Response => send_response_headers(host, end),
    }
}

fn pass_data(host: &mut impl Surroundings, direction: Direction, from: From, mut data: Data, mut end: bool) {
    if direction == Direction::Request && host.stream().request.aborted {
        return;
    }
    let had_trailers = host.stream().side(direction).trailers.is_some();
    let mut trailers_by = None;
    let mut stopped = None;
    let mut went_on = false;
    for filter in filters_from(host.stream(), direction, from) {
        let stream = host.stream();
        let own = stream.slots[filter].side_mut(direction);
        if own.iteration.stops_all() {
            let streaming = own.iteration == Iteration::StopAllWatermark;
            hold(host, direction, filter, data, streaming);
            return;
        }
        if own.saw_end {
            return;
        }
        let callback_end = end && stream.side(direction).trailers.is_none();
        let own = stream.slots[filter].side_mut(direction);
        own.saw_end = callback_end;
        let (own_buffering, was_buffering) = (own.buffering, std::mem::take(&mut own.was_buffering));
        let others_hold = || stream.side(direction).held.as_ref().is_some_and(|held| !held.is_empty());
        let buffering = own_buffering || was_buffering && others_hold();
        stream.slots[filter].end_of_stream = callback_end;
        stream.note_answer_end(direction, filter, callback_end);
        stream.side_mut(direction).callbacks_running += 1;
        if buffering {
            // The piece joins the held bytes as part of the callback: a request that grows too long is answered
            // after the filter has seen it (recorded case 04-047).
            if let Data::Piece(_) = &data {
                hold(host, direction, filter, std::mem::take(&mut data), false);
            }
            let stream = host.stream();
            if stream.over.is_some() {
                stream.side_mut(direction).callbacks_running -= 1;
                return;
            }
            stream.slots[filter].side_mut(direction).view = View::Held;
        } else {
            let own = stream.slots[filter].side_mut(direction);
            own.view = match &mut data {
                Data::Piece(piece) => {
                    own.piece = std::mem::take(piece);
                    View::Piece
                }
                Data::Held => View::Held,
            };
        }
        let status = host.on_data(filter, direction, callback_end);
        let stream = host.stream();
        stream.side_mut(direction).callbacks_running -= 1;
        let own = stream.slots[filter].side_mut(direction);
        own.answer_stops = None;
        own.buffering = status == DataStatus::StopIterationAndBuffer;
        own.view = match status {
            DataStatus::Continue => View::Nothing,
            DataStatus::StopIterationAndBuffer => View::Held,
            // What was held already stays where it is.
            _ if matches!(data, Data::Held) => View::Held,
            // Readable as the empty rest that Envoy leaves behind.
            _ => View::Piece,
        };
        // A reply that takes the message's place leaves the piece where it is (recorded case 30-001).
        let cut = was_cut(host, direction);
        let stream = host.stream();
        let passed = std::mem::take(&mut stream.slots[filter].side_mut(direction).piece);
        if cut {
            return;
        }
        if let Data::Piece(piece) = &mut data {
            *piece = passed;
        }
        if !had_trailers && trailers_by.is_none() && stream.side(direction).trailers.is_some() {
            end = false;
            trailers_by = Some(filter);
        }
        let own = stream.slots[filter].side_mut(direction);
        match status {
            DataStatus::Continue if own.iteration == Iteration::StopSingle => {
                let streaming = stream.side(direction).held_streaming;
                hold(host, direction, filter, std::mem::take(&mut data), streaming);
                if host.stream().over.is_none() {
                    go_on(host, direction, filter);
                }
                stopped = Some(filter);
                went_on = true;
                break;
            }
            DataStatus::Continue => {}
            _ => {
                let was_running = own.iteration == Iteration::Running;
                own.iteration = Iteration::StopSingle;
                own.stopped_in = Some(data_callback(direction));
                if was_running {
                    paused(host, direction, filter);
                }
                match status {
                    DataStatus::StopIterationAndBuffer => {
                        hold(host, direction, filter, std::mem::take(&mut data), false)
                    }
                    DataStatus::StopIterationAndWatermark => {
                        hold(host, direction, filter, std::mem::take(&mut data), true)
                    }
                    _ => {
                        // The end of the stream must still have something to travel with.
                        let side = host.stream().side_mut(direction);
                        if side.complete && side.trailers.is_none() && side.held.is_none() {
                            side.held = Some(Vec::new());
                        }
                    }
                }
                stopped = Some(filter);
                break;
            }
        }
    }
    if host.stream().over.is_some() {
        return;
    }
    if stopped.is_none() {
        let was_held = matches!(data, Data::Held);
        let bytes = match data {
            Data::Piece(piece) => piece,
            Data::Held => {
                host.stream().side_mut(direction).held.as_mut().map(std::mem::take).unwrap_or_default()
            }
        };
        if direction == Direction::Request && !keep(host, &bytes, was_held) {
            return;
        }
        send_data(host, direction, bytes, end);
    }
    let Some(filter) = trailers_by else { return };
    // Trailers that a filter made of a request go on even when it stops the piece itself, which is lost then; those of a
    // response wait with the piece (recorded cases 29-128 to 29-132).
    let go = match direction {
        Direction::Request => stopped != Some(filter) || !went_on,
        Direction::Response => stopped.is_none(),
    };
    if go && host.stream().over.is_none() {
        if stopped == Some(filter) {
            host.report(Finding::TrailersWithoutBody);
        }
        let from_here = host.stream().slots[filter].side(direction).goes_on_from_here;
        pass_trailers(host, direction, if from_here { From::At(filter) } else { From::After(filter) });
    }
}

fn pass_trailers(host: &mut impl Surroundings, direction: Direction, from: From) {
    if host.stream().over.is_some() || direction == Direction::Request && host.stream().request.aborted {
        return;
    }
    for filter in filters_from(host.stream(), direction, from) {
        let stream = host.stream();
        let own = stream.slots[filter].side_mut(direction);
        if own.iteration.stops_all() {
            return;
        }
        own.saw_end = true;
        own.holds_trailers = true;
        own.in_trailers = true;
        stream.note_answer_end(direction, filter, true);
        stream.side_mut(direction).callbacks_running += 1;
        let status = host.on_trailers(filter, direction);
        let stream = host.stream();
        stream.side_mut(direction).callbacks_running -= 1;
        let own = stream.slots[filter].side_mut(direction);
        own.answer_stops = None;
        own.in_trailers = false;
        if status == TrailersStatus::Continue {
            own.holds_trailers = false;
            if direction == Direction::Response && was_closed(stream) {
                host.report(Finding::ClosedAndContinued);
            }
        }
        if was_cut(host, direction) {
            return;
        }
        let own = host.stream().slots[filter].side_mut(direction);
        match status {
            TrailersStatus::Continue if own.iteration == Iteration::StopSingle => {
                go_on(host, direction, filter);
                return;
            }
            TrailersStatus::Continue => {}
            TrailersStatus::StopIteration => {
                let was_running = own.iteration == Iteration::Running;
                if was_running {
                    own.iteration = Iteration::StopSingle;
                    own.stopped_in = Some(trailers_callback(direction));
                    paused(host, direction, filter);
                }
                return;
            }
        }
    }
    send_trailers(host, direction);
}

/// Adds a piece to what the direction holds because of a filter.
fn hold(host: &mut impl Surroundings, direction: Direction, filter: usize, data: Data, streaming: bool) {
    let side = host.stream().side_mut(direction);
    side.held_streaming = streaming;
    if let Data::Piece(piece) = data {
        side.held.get_or_insert_default().extend(piece);
    }
    let stream = host.stream();
    let held = stream.side(direction).held.as_ref().map_or(0, Vec::len);
    if !streaming && held > stream.buffer_limit {
        let limit = stream.buffer_limit as u64;
        host.report(Finding::HeldTooMuch { filter: place(filter), direction, limit });
        refuse_too_large(host, direction);
    }
}

/// Answers 413 or 500, or resets: a direction holds more than it may.
fn refuse_too_large(host: &mut impl Surroundings, direction: Direction) {
    let too_large = match direction {
        Direction::Request => {
            LocalReply::from_host(413, "request_payload_too_large").with_body("Payload Too Large")
        }
        Direction::Response => {
            LocalReply::from_host(500, "response_payload_too_large").with_body("Internal Server Error")
        }
    };
    reply(host, too_large);
}

fn paused(host: &mut impl Surroundings, direction: Direction, filter: usize) {
    if let Some(callback) = host.stream().slots[filter].side(direction).stopped_in {
        host.record(StreamAction::Paused { direction, filter: place(filter), callback });
    }
}

/// The response headers passed the last filter.
fn send_response_headers(host: &mut impl Surroundings, end: bool) {
    let stream = host.stream();
    if stream.response.headers.as_ref().and_then(wire::status).is_none() {
        let missing = LocalReply::from_host(
            502,
            "filter_removed_required_response_headers{missing_required_header:_:status}",
        )
        .with_body("missing required header: :status");
        reply(host, missing);
        return;
    }
    send_headers(host, end);
}

/// Sends the response headers to the client as they are.
pub(super) fn send_headers(host: &mut impl Surroundings, end: bool) {
    let stream = host.stream();
    stream.began_unwritten = stream.dispatching;
    let side = &mut stream.response;
    side.headers_sent = true;
    side.end_sent = end;
    let headers = side.headers.clone().unwrap_or_else(|| HeaderMap::new(MapKind::ResponseHeaders));
    if let Some(status) = wire::status(&headers) {
        stream.code = Some(status);
        if !(200..=999).contains(&status) {
            host.report(Finding::InvalidStatus { status });
        }
    }
    host.record(StreamAction::HeadersSent { direction: Direction::Response, end_of_stream: end });
    host.to_client(Passed::Headers { headers, end_of_stream: end });
    end_if(host, end);
}

/// Sends a piece of a body out of the last filter.
pub(super) fn send_data(host: &mut impl Surroundings, direction: Direction, bytes: Vec<u8>, end: bool) {
    let stream = host.stream();
    // What waits lies with the router until there is a connection.
    let waits = stream.waits_for_retry() || stream.refused_upstream.is_some();
    let side = stream.side_mut(direction);
    side.sent += bytes.len() as u64;
    side.end_sent |= end;
    if waits && direction == Direction::Request {
        return;
    }
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    host.record(StreamAction::BodySent { direction, bytes: length, end_of_stream: end });
    let part = Passed::Data { bytes, end_of_stream: end };
    match direction {
        Direction::Request => host.to_upstream(part),
        Direction::Response => {
            host.to_client(part);
            end_if(host, end);
        }
    }
}

fn send_trailers(host: &mut impl Surroundings, direction: Direction) {
    let side = host.stream().side_mut(direction);
    if side.end_sent {
        return;
    }
    side.end_sent = true;
    let Some(trailers) = side.trailers.clone() else { return };
    if direction == Direction::Request && host.stream().waits_for_retry() {
        return;
    }
    host.record(StreamAction::TrailersSent { direction });
    match direction {
        Direction::Request => host.to_upstream(Passed::Trailers(trailers)),
        Direction::Response => {
            host.to_client(Passed::Trailers(trailers));
            end_if(host, true);
        }
    }
}

/// The client has the whole answer: the stream is over, whatever was still to come of the request.
fn end_if(host: &mut impl Surroundings, end: bool) {
    let stream = host.stream();
    if !end || stream.over.is_some() {
        return;
    }
    stream.over = Some(End::Complete);
    give_up_unfinished(host);
    finish(host, End::Complete);
}

pub(super) fn place(filter: usize) -> u16 {
    u16::try_from(filter).unwrap_or(u16::MAX)
}

fn headers_callback(direction: Direction) -> Callback {
    match direction {
        Direction::Request => Callback::RequestHeaders,
        Direction::Response => Callback::ResponseHeaders,
    }
}

fn data_callback(direction: Direction) -> Callback {
    match direction {
        Direction::Request => Callback::RequestBody,
        Direction::Response => Callback::ResponseBody,
    }
}

fn trailers_callback(direction: Direction) -> Callback {
    match direction {
        Direction::Request => Callback::RequestTrailers,
        Direction::Response => Callback::ResponseTrailers,
    }
}
