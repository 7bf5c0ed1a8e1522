// A filter whose plugin configuration is a script (before on_configure: the VM configuration). It logs every
// callback as `E EVENT ctx=ID args` and every host call as `R EVENT  OP args -> rc=CODE …`, so that the same script
// shows the same lines in two hosts or tells where they differ.
//
// A script line is `EVENT[.n] OP args`; with n it runs only the n-th time that the event comes in its context.
// Arguments: numbers (decimal, 0x…, negative, `$` = last value, `$a`…`$z` = variables set by `set a`), strings
// ("…" with \n \r \t \0 \xHH, `*N"…"` = repeated, `@POINTER,SIZE` = raw memory) and pair lists `["k" "v" …]`.
//
// ABI 0.2.1. Allocates without ever giving anything back: scripts are short.

typedef unsigned char u8;
typedef unsigned int u32;
typedef int i32;
typedef unsigned long long u64;
typedef long long i64;

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(module, name, result, ...) \
  __attribute__((import_module(module), import_name(#name))) result name(__VA_ARGS__)
#define HOST(name, ...) IMPORT("env", name, u32, __VA_ARGS__)
#define WASI(name, ...) IMPORT("wasi_snapshot_preview1", name, u32, __VA_ARGS__)

HOST(proxy_log, u32, u32, u32);
HOST(proxy_get_log_level, u32);
HOST(proxy_get_status, u32, u32, u32);
HOST(proxy_get_current_time_nanoseconds, u32);
HOST(proxy_set_tick_period_milliseconds, u32);
HOST(proxy_get_property, u32, u32, u32, u32);
HOST(proxy_set_property, u32, u32, u32, u32);
HOST(proxy_continue_stream, u32);
HOST(proxy_close_stream, u32);
HOST(proxy_send_local_response, u32, u32, u32, u32, u32, u32, u32, u32);
HOST(proxy_get_header_map_value, u32, u32, u32, u32, u32);
HOST(proxy_add_header_map_value, u32, u32, u32, u32, u32);
HOST(proxy_replace_header_map_value, u32, u32, u32, u32, u32);
HOST(proxy_remove_header_map_value, u32, u32, u32);
HOST(proxy_get_header_map_pairs, u32, u32, u32);
HOST(proxy_set_header_map_pairs, u32, u32, u32);
HOST(proxy_get_header_map_size, u32, u32);
HOST(proxy_get_buffer_status, u32, u32, u32);
HOST(proxy_get_buffer_bytes, u32, u32, u32, u32, u32);
HOST(proxy_set_buffer_bytes, u32, u32, u32, u32, u32);
HOST(proxy_http_call, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32);
HOST(proxy_grpc_call, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32);
HOST(proxy_grpc_stream, u32, u32, u32, u32, u32, u32, u32, u32, u32);
HOST(proxy_grpc_send, u32, u32, u32, u32);
HOST(proxy_grpc_close, u32);
HOST(proxy_grpc_cancel, u32);
HOST(proxy_get_shared_data, u32, u32, u32, u32, u32);
HOST(proxy_set_shared_data, u32, u32, u32, u32, u32);
HOST(proxy_register_shared_queue, u32, u32, u32);
HOST(proxy_resolve_shared_queue, u32, u32, u32, u32, u32);
HOST(proxy_dequeue_shared_queue, u32, u32, u32);
HOST(proxy_enqueue_shared_queue, u32, u32, u32);
HOST(proxy_define_metric, u32, u32, u32, u32);
HOST(proxy_increment_metric, u32, i64);
HOST(proxy_record_metric, u32, u64);
HOST(proxy_get_metric, u32, u32);
HOST(proxy_set_effective_context, u32);
HOST(proxy_done, void);
HOST(proxy_call_foreign_function, u32, u32, u32, u32, u32, u32);
WASI(fd_write, u32, u32, u32, u32);
WASI(fd_read, u32, u32, u32, u32);
WASI(fd_close, u32);
WASI(fd_seek, u32, i64, u32, u32);
WASI(fd_fdstat_get, u32, u32);
WASI(fd_prestat_get, u32, u32);
WASI(clock_time_get, u32, u64, u32);
WASI(clock_res_get, u32, u32);
WASI(random_get, u32, u32);
WASI(environ_get, u32, u32);
WASI(environ_sizes_get, u32, u32);
WASI(args_get, u32, u32);
WASI(args_sizes_get, u32, u32);
WASI(sched_yield, void);
WASI(poll_oneoff, u32, u32, u32, u32);
WASI(path_open, u32, u32, u32, u32, u32, i64, i64, u32, u32);
IMPORT("wasi_snapshot_preview1", proc_exit, void, u32);

// Memory

extern u8 __heap_base;
static u32 top, allocations, last_allocation;

void *memcpy(void *to, const void *from, unsigned long size) {
  u8 *t = to;
  const u8 *f = from;
  while (size--) *t++ = *f++;
  return to;
}

void *memset(void *to, int value, unsigned long size) {
  u8 *t = to;
  while (size--) *t++ = value;
  return to;
}

EXPORT(proxy_on_memory_allocate) u32 allocate(u32 size) {
  if (!top) top = (u32)&__heap_base;
  u32 start = (top + 15) & ~15u, end = start + size, have = __builtin_wasm_memory_size(0) << 16;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) >> 16) == -1ul) return 0;
  top = end;
  allocations++;
  last_allocation = size;
  return start;
}

// The line that is being written

static u8 line[262144];
static u32 line_size;
static int is_quiet;

static void put(u8 byte) {
  if (line_size < sizeof line) line[line_size++] = byte;
}

static void text(const char *t) {
  while (*t) put(*t++);
}

static void number(u64 value) {
  u8 digits[20];
  u32 count = 0;
  do digits[count++] = '0' + value % 10;
  while (value /= 10);
  while (count) put(digits[--count]);
}

static void signed_number(i64 value) {
  if (value < 0) put('-');
  number(value < 0 ? -(u64)value : (u64)value);
}

static void quoted(u32 start, u32 size) {
  static const char hex[] = "0123456789abcdef";
  put('"');
  for (u32 i = 0; i < size; i++) {
    u8 byte = ((u8 *)start)[i];
    if (byte == '"' || byte == '\\') {
      put('\\');
      put(byte);
    } else if (byte >= 32 && byte < 127) {
      put(byte);
    } else {
      text("\\x");
      put(hex[byte >> 4]);
      put(hex[byte & 15]);
    }
  }
  put('"');
}

static void flush(void) {
  if (!is_quiet) proxy_log(2, (u32)line, line_size);
  line_size = 0;
}

// The script and its arguments

typedef struct {
  u32 start, size;
} Bytes;

static Bytes script, vm_script;
static u32 at, end;  // the script line that is being read
static u64 last, variables[26];

static int more(void) {
  while (at < end && (*(u8 *)at == ' ' || *(u8 *)at == '\t')) at++;
  return at < end;
}

static int is_next(u8 byte) { return at < end && *(u8 *)at == byte; }

static u8 hex_digit(u8 c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; }

static int is_hex(u8 c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f'); }

static i64 integer(void) {
  more();
  if (is_next('$')) {
    u8 name = ++at < end ? *(u8 *)at : 0;
    if (name < 'a' || name > 'z') return last;
    at++;
    return variables[name - 'a'];
  }
  int is_negative = is_next('-');
  at += is_negative;
  u64 value = 0;
  if (at + 1 < end && *(u8 *)at == '0' && *(u8 *)(at + 1) == 'x') {
    for (at += 2; at < end && is_hex(*(u8 *)at); at++) value = value * 16 + hex_digit(*(u8 *)at);
  } else {
    for (; at < end && *(u8 *)at >= '0' && *(u8 *)at <= '9'; at++) value = value * 10 + (*(u8 *)at - '0');
  }
  return is_negative ? -value : value;
}

static Bytes string(void) {
  Bytes read = {0, 0};
  if (!more()) return read;
  if (is_next('@')) {
    at++;
    read.start = integer();
    if (is_next(',')) {
      at++;
      read.size = integer();
    }
    return read;
  }
  if (is_next('*')) {
    at++;
    u32 times = integer();
    Bytes part = string();
    read.size = part.size * times;
    read.start = allocate(read.size + 1);
    for (u32 i = 0; i < times; i++) memcpy((void *)(read.start + i * part.size), (void *)part.start, part.size);
    return read;
  }
  if (!is_next('"')) return read;
  at++;
  u8 *out = (u8 *)(read.start = allocate(end - at + 1));
  while (at < end && *(u8 *)at != '"') {
    u8 byte = *(u8 *)at++;
    if (byte == '\\') {
      byte = *(u8 *)at++;
      if (byte == 'n') byte = '\n';
      else if (byte == 'r') byte = '\r';
      else if (byte == 't') byte = '\t';
      else if (byte == '0') byte = 0;
      else if (byte == 'x') {
        byte = hex_digit(*(u8 *)at) * 16 + hex_digit(*(u8 *)(at + 1));
        at += 2;
      }
    }
    *out++ = byte;
  }
  at++;
  read.size = (u32)out - read.start;
  return read;
}

// A list of pairs as the ABI encodes it; also raw bytes, for what the ABI does not allow.
static Bytes pairs(void) {
  Bytes read = {0, 0};
  if (!more()) return read;
  if (!is_next('[')) return is_next('"') || is_next('@') ? string() : read;
  at++;
  Bytes parts[128];
  u32 count = 0;
  read.size = 4;
  while (more() && !is_next(']') && count < 128) {
    parts[count] = string();
    read.size += parts[count++].size + 5;
  }
  at++;
  u32 out = read.start = allocate(read.size);
  *(u32 *)out = count / 2;
  out += 4;
  for (u32 i = 0; i < count; i++, out += 4) *(u32 *)out = parts[i].size;
  for (u32 i = 0; i < count; i++) {
    memcpy((void *)out, (void *)parts[i].start, parts[i].size);
    out += parts[i].size;
    *(u8 *)out++ = 0;
  }
  return read;
}

static void word(char *out, u32 room) {
  u32 size = 0;
  if (more())
    while (at < end && *(u8 *)at > ' ' && size < room - 1) out[size++] = *(u8 *)at++;
  out[size] = 0;
}

static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

// Results

static u32 out[4];         // what host calls write to
static u32 out_elsewhere;  // op `out`: a place that the script chose instead

static u32 out_at(u32 index) { return out_elsewhere ? out_elsewhere : (u32)&out[index]; }

static u64 wide(void) { return out[0] | (u64)out[1] << 32; }

static void status(u32 code) {
  text(" -> rc=");
  signed_number((i32)code);
}

static void bytes_result(u32 code) {
  status(code);
  if (code || out_elsewhere) return;
  text(" len=");
  number(out[1]);
  if (!out[0]) text(" ptr=0");
  put(' ');
  quoted(out[0], out[1]);
}

static void pairs_result(u32 code) {
  status(code);
  if (code) return;
  text(" len=");
  number(out[1]);
  if (!out[0]) text(" ptr=0");
  if (out[1] < 4) return;
  u32 sizes = out[0] + 4, count = *(u32 *)out[0], data = sizes + 8 * count;
  text(" n=");
  number(count);
  text(" [");
  for (u32 i = 0; i < count; i++) {
    u32 name = *(u32 *)(sizes + 8 * i), value = *(u32 *)(sizes + 8 * i + 4);
    quoted(data, name);
    put('=');
    quoted(data + name + 1, value);
    put(' ');
    data += name + value + 2;
  }
  put(']');
  if (data != out[0] + out[1]) {
    text(" TRAIL=");
    signed_number((i64)out[0] + out[1] - data);
  }
}

static void value_result(u32 code) {
  status(code);
  text(" val=");
  number(last = out[0]);
}

static void wide_result(u32 code, const char *name) {
  status(code);
  text(name);
  number(wide());
}

// Operations

static u32 event_result;

// A foreign function whose argument begins with the last value as four bytes; the rest is the string after it.
static void call_with_token(Bytes name, Bytes rest) {
  u32 argument = allocate(4 + rest.size);
  *(u32 *)argument = last;
  memcpy((void *)(argument + 4), (void *)rest.start, rest.size);
  bytes_result(proxy_call_foreign_function(name.start, name.size, argument, 4 + rest.size, out_at(0), out_at(1)));
}

static u32 call_function(const char *name, u32 argument, u32 size) {
  u32 length = 0;
  while (name[length]) length++;
  return proxy_call_foreign_function((u32)name, length, argument, size, (u32)&out[0], (u32)&out[1]);
}

// Makes an expression, evaluates it and deletes it; the line says when it could not even be made.
static void evaluate(Bytes expression) {
  static u32 token;
  u32 code = call_function("expr_create", expression.start, expression.size);
  if (code) {
    status(code);
    text(" not made");
    return;
  }
  token = *(u32 *)out[0];
  bytes_result(call_function("expr_evaluate", (u32)&token, sizeof token));
  call_function("expr_delete", (u32)&token, sizeof token);
}

static int stream_op(const char *op) {
  if (same(op, "cont")) status(proxy_continue_stream(integer()));
  else if (same(op, "close")) status(proxy_close_stream(integer()));
  else if (same(op, "local")) {
    u32 code = integer();
    Bytes details = string(), body = string(), headers = pairs();
    i32 grpc = integer();
    status(proxy_send_local_response(code, details.start, details.size, body.start, body.size, headers.start,
                                     headers.size, grpc));
  } else if (same(op, "eff")) status(proxy_set_effective_context(integer()));
  else if (same(op, "done")) status(proxy_done());
  else return 0;
  return 1;
}

static int map_op(const char *op) {
  if (!same(op, "get") && !same(op, "add") && !same(op, "rep") && !same(op, "rem") && !same(op, "pairs") &&
      !same(op, "setpairs") && !same(op, "size"))
    return 0;
  u32 map = integer();
  if (same(op, "pairs")) pairs_result(proxy_get_header_map_pairs(map, out_at(0), out_at(1)));
  else if (same(op, "size")) value_result(proxy_get_header_map_size(map, out_at(0)));
  else if (same(op, "setpairs")) {
    Bytes all = pairs();
    status(proxy_set_header_map_pairs(map, all.start, all.size));
  } else {
    Bytes name = string();
    if (same(op, "get")) {
      bytes_result(proxy_get_header_map_value(map, name.start, name.size, out_at(0), out_at(1)));
    } else if (same(op, "rem")) {
      status(proxy_remove_header_map_value(map, name.start, name.size));
    } else {
      Bytes value = string();
      status((same(op, "add") ? proxy_add_header_map_value : proxy_replace_header_map_value)(
          map, name.start, name.size, value.start, value.size));
    }
  }
  return 1;
}

static int buffer_op(const char *op) {
  if (!same(op, "buf") && !same(op, "bufst") && !same(op, "setbuf")) return 0;
  u32 buffer = integer();
  if (same(op, "bufst")) {
    status(proxy_get_buffer_status(buffer, out_at(0), out_at(1)));
    text(" len=");
    number(out[0]);
    text(" flags=");
    number(out[1]);
    return 1;
  }
  u32 start = integer(), size = integer();
  if (same(op, "buf")) {
    bytes_result(proxy_get_buffer_bytes(buffer, start, size, out_at(0), out_at(1)));
  } else {
    Bytes data = string();
    status(proxy_set_buffer_bytes(buffer, start, size, data.start, data.size));
  }
  return 1;
}

static int callout_op(const char *op) {
  if (same(op, "call")) {
    Bytes cluster = string(), headers = pairs(), body = string(), trailers = pairs();
    i32 timeout = integer();
    value_result(proxy_http_call(cluster.start, cluster.size, headers.start, headers.size, body.start, body.size,
                                 trailers.start, trailers.size, timeout, out_at(0)));
  } else if (same(op, "grpc")) {
    Bytes cluster = string(), service = string(), method = string(), metadata = pairs(), message = string();
    i32 timeout = integer();
    value_result(proxy_grpc_call(cluster.start, cluster.size, service.start, service.size, method.start, method.size,
                                 metadata.start, metadata.size, message.start, message.size, timeout, out_at(0)));
  } else if (same(op, "gstream")) {
    Bytes cluster = string(), service = string(), method = string(), metadata = pairs();
    value_result(proxy_grpc_stream(cluster.start, cluster.size, service.start, service.size, method.start, method.size,
                                   metadata.start, metadata.size, out_at(0)));
  } else if (same(op, "grpcsend")) {
    u32 token = integer();
    Bytes message = string();
    status(proxy_grpc_send(token, message.start, message.size, integer()));
  } else if (same(op, "grpcclose")) status(proxy_grpc_close(integer()));
  else if (same(op, "grpccancel")) status(proxy_grpc_cancel(integer()));
  else if (same(op, "status")) {
    status(proxy_get_status((u32)&out[2], out_at(0), out_at(1)));
    text(" code=");
    number(out[2]);
    text(" msg=");
    quoted(out[0], out[1]);
  } else return 0;
  return 1;
}

static int shared_op(const char *op) {
  if (same(op, "shget")) {
    Bytes key = string();
    bytes_result(proxy_get_shared_data(key.start, key.size, out_at(0), out_at(1), (u32)&out[2]));
    text(" cas=");
    number(last = out[2]);
  } else if (same(op, "shset")) {
    Bytes key = string(), value = string();
    status(proxy_set_shared_data(key.start, key.size, value.start, value.size, integer()));
  } else if (same(op, "qreg")) {
    Bytes name = string();
    value_result(proxy_register_shared_queue(name.start, name.size, out_at(0)));
  } else if (same(op, "qres")) {
    Bytes vm = string(), name = string();
    value_result(proxy_resolve_shared_queue(vm.start, vm.size, name.start, name.size, out_at(0)));
  } else if (same(op, "qdeq")) {
    bytes_result(proxy_dequeue_shared_queue(integer(), out_at(0), out_at(1)));
  } else if (same(op, "qenq")) {
    u32 queue = integer();
    Bytes data = string();
    status(proxy_enqueue_shared_queue(queue, data.start, data.size));
  } else return 0;
  return 1;
}

static int metric_op(const char *op) {
  if (same(op, "def")) {
    u32 kind = integer();
    Bytes name = string();
    value_result(proxy_define_metric(kind, name.start, name.size, out_at(0)));
  } else if (same(op, "inc")) {
    u32 metric = integer();
    status(proxy_increment_metric(metric, integer()));
  } else if (same(op, "rec")) {
    u32 metric = integer();
    status(proxy_record_metric(metric, integer()));
  } else if (same(op, "mget")) wide_result(proxy_get_metric(integer(), out_at(0)), " v=");
  else return 0;
  return 1;
}

static int other_op(const char *op) {
  if (same(op, "log")) {
    u32 level = integer();
    Bytes message = string();
    status(proxy_log(level, message.start, message.size));
  } else if (same(op, "loglevel")) value_result(proxy_get_log_level(out_at(0)));
  else if (same(op, "time")) wide_result(proxy_get_current_time_nanoseconds(out_at(0)), " t=");
  else if (same(op, "tick")) status(proxy_set_tick_period_milliseconds(integer()));
  else if (same(op, "prop")) {
    Bytes path = string();
    bytes_result(proxy_get_property(path.start, path.size, out_at(0), out_at(1)));
  } else if (same(op, "setprop")) {
    Bytes path = string(), value = string();
    status(proxy_set_property(path.start, path.size, value.start, value.size));
  } else if (same(op, "foreign")) {
    Bytes name = string(), argument = string();
    u32 code = proxy_call_foreign_function(name.start, name.size, argument.start, argument.size, out_at(0), out_at(1));
    bytes_result(code);
    if (!code && !out_elsewhere && out[1] == 4) last = *(u32 *)out[0];  // a token
  } else if (same(op, "eval")) evaluate(string());
  else if (same(op, "ftok")) {
    Bytes name = string();
    call_with_token(name, string());
  } else if (same(op, "allocs")) {
    text(" n=");
    number(allocations);
    text(" last=");
    number(last_allocation);
  } else return 0;
  return 1;
}

static int wasi_op(const char *op) {
  if (same(op, "fdw")) {
    u32 file = integer();
    Bytes parts[2];
    parts[0] = string();
    parts[1] = string();
    status(fd_write(file, (u32)parts, parts[1].size ? 2 : 1, out_at(0)));
    text(" n=");
    number(out[0]);
  } else if (same(op, "fdread")) {
    u32 vector[2] = {(u32)&out[2], 4};
    status(fd_read(integer(), (u32)vector, 1, out_at(0)));
  } else if (same(op, "fdclose")) status(fd_close(integer()));
  else if (same(op, "fdseek")) status(fd_seek(integer(), 0, 0, out_at(0)));
  else if (same(op, "fdstat")) {
    static u8 stat[24];
    memset(stat, 0xaa, sizeof stat);
    status(fd_fdstat_get(integer(), (u32)stat));
    put(' ');
    quoted((u32)stat, sizeof stat);
  } else if (same(op, "prestat")) status(fd_prestat_get(integer(), out_at(0)));
  else if (same(op, "clock")) wide_result(clock_time_get(integer(), 1000, out_at(0)), " t=");
  else if (same(op, "clockres")) wide_result(clock_res_get(integer(), out_at(0)), " t=");
  else if (same(op, "rand")) {
    u32 size = integer(), start = allocate(size), zeros = 0;
    memset((void *)start, 0, size);
    status(random_get(start, size));
    for (u32 i = 0; i < size; i++) zeros += !((u8 *)start)[i];
    text(" zeros=");
    number(zeros);
  } else if (same(op, "env")) {
    status(environ_sizes_get((u32)&out[0], (u32)&out[1]));
    text(" count=");
    number(out[0]);
    text(" size=");
    number(out[1]);
    u32 block = allocate(out[1] + 1), list = allocate(out[0] * 4 + 4);
    status(environ_get(list, block));
    put(' ');
    quoted(block, out[1]);
  } else if (same(op, "args")) {
    status(args_sizes_get((u32)&out[0], (u32)&out[1]));
    text(" count=");
    number(out[0]);
    text(" size=");
    number(out[1]);
    status(args_get((u32)&out[2], (u32)&out[3]));
  } else if (same(op, "yield")) status(sched_yield());
  else if (same(op, "poll")) status(poll_oneoff((u32)&out[0], (u32)&out[1], 0, (u32)&out[2]));
  else if (same(op, "open")) status(path_open(3, 0, (u32) "x", 1, 0, 0, 0, 0, out_at(0)));
  else return 0;
  return 1;
}

// Operations that say nothing when they are done.
static int silent_op(const char *op) {
  if (same(op, "ret")) event_result = integer();
  else if (same(op, "set")) {
    if (more()) variables[(*(u8 *)at - 'a') % 26] = last;
  } else if (same(op, "out")) out_elsewhere = integer();
  else if (same(op, "quiet")) is_quiet = 1;
  else if (same(op, "spin")) {
    for (volatile u64 left = integer(); left; left--) {
    }
  } else if (same(op, "last")) last = integer();
  else return 0;
  return 1;
}

static void run(const char *event) {
  char op[32];
  u32 written = at, shown;
  word(op, sizeof op);
  for (int i = 0; i < 4; i++) out[i] = 0xaaaaaaaa;
  if (silent_op(op)) return;
  text("R ");
  text(event);
  put(' ');
  for (shown = written; shown < end && shown < written + 160; shown++) put(*(u8 *)shown);
  if (same(op, "trap")) {
    flush();
    __builtin_trap();
  } else if (same(op, "oob")) {
    flush();
    *(volatile u32 *)0xfffffff0 = 1;
  } else if (same(op, "exit")) {
    u32 code = integer();
    flush();
    proc_exit(code);
    text("R ");
    text(event);
    text(" exit RETURNED");
  } else if (!stream_op(op) && !map_op(op) && !buffer_op(op) && !callout_op(op) && !shared_op(op) &&
             !metric_op(op) && !other_op(op) && !wasi_op(op)) {
    text(" ?? unknown op");
  }
  flush();
}

// Events

enum Event {
  CTX, VMSTART, CONF, REQH, REQB, REQT, REQM, RESH, RESB, REST, RESM, TICK, DONE, LOG, DEL, CALL, QUEUE, FF,
  GRPCCLOSE, GRPCRECV, GRPCINIT, GRPCTRAIL, NEWCONN, DDATA, UDATA, DCLOSE, UCLOSE, EVENTS
};
static const char *const names[EVENTS] = {
    "ctx", "vmstart", "conf", "reqh", "reqb", "reqt", "reqm", "resh", "resb", "rest", "resm", "tick", "done", "log",
    "del", "call", "queue", "ff", "grpcclose", "grpcrecv", "grpcinit", "grpctrail", "newconn", "ddata", "udata",
    "dclose", "uclose"};

#define CONTEXTS 64
static struct {
  u32 id, times[EVENTS];
} contexts[CONTEXTS];

static u32 place(u32 id) {
  for (u32 i = 0; i < CONTEXTS; i++)
    if (contexts[i].id == id) return i;
  for (u32 i = 0; i < CONTEXTS; i++)
    if (!contexts[i].id) {
      contexts[i].id = id;
      return i;
    }
  return CONTEXTS - 1;
}

// Does the script line's first word, `EVENT` or `EVENT.n`, mean this event?
static int is_meant(const char *first, const char *event, u32 time) {
  while (*event && *first == *event) first++, event++;
  if (*event) return 0;
  if (*first != '.') return !*first;
  u32 wanted = 0;
  while (*++first) wanted = wanted * 10 + (*first - '0');
  return wanted == time;
}

static void run_script(Bytes all, const char *event, u32 time) {
  u32 begin = all.start, stop = all.start + all.size;
  while (begin < stop) {
    u32 line_end = begin;
    while (line_end < stop && *(u8 *)line_end != '\n') line_end++;
    at = begin;
    end = line_end;
    char first[32];
    word(first, sizeof first);
    if (is_meant(first, event, time)) run(event);
    begin = line_end + 1;
  }
}

static u32 fire(enum Event event, u32 context, u32 count, const u32 *arguments, u32 result) {
  u32 known = place(context), time = ++contexts[known].times[event];
  event_result = result;
  out_elsewhere = 0;
  text("E ");
  text(names[event]);
  text(" ctx=");
  number(context);
  for (u32 i = 0; i < count; i++) {
    put(' ');
    number(arguments[i]);
  }
  flush();
  run_script(script.start ? script : vm_script, names[event], time);
  if (event == DEL) memset(&contexts[known], 0, sizeof contexts[known]);
  return event_result;
}

#define FIRE(event, id, result, ...) \
  fire(event, id, sizeof((u32[]){0, ##__VA_ARGS__}) / 4 - 1, (u32[]){0, ##__VA_ARGS__} + 1, result)

static Bytes configuration(u32 buffer) {
  Bytes read = {0, 0};
  out[0] = out[1] = 0;
  if (proxy_get_buffer_bytes(buffer, 0, 0x7fffffff, (u32)&out[0], (u32)&out[1]) == 0 && out[1])
    read = (Bytes){out[0], out[1]};
  return read;
}

EXPORT(proxy_abi_version_0_2_1) void abi(void) {}
EXPORT(_initialize) void initialize(void) {}
EXPORT(proxy_on_context_create) void on_context_create(u32 id, u32 parent) {
  if (!vm_script.start) vm_script = configuration(6);
  FIRE(CTX, id, 0, parent);
}
EXPORT(proxy_on_vm_start) u32 on_vm_start(u32 id, u32 size) { return FIRE(VMSTART, id, 1, size); }
EXPORT(proxy_on_configure) u32 on_configure(u32 id, u32 size) {
  Bytes read = configuration(7);
  if (read.size) script = read;
  return FIRE(CONF, id, 1, size);
}

#define ON0(export, event, result) \
  EXPORT(export) u32 on_##event(u32 id) { return FIRE(event, id, result); }
#define ON1(export, event, result) \
  EXPORT(export) u32 on_##event(u32 id, u32 a) { return FIRE(event, id, result, a); }
#define ON2(export, event, result) \
  EXPORT(export) u32 on_##event(u32 id, u32 a, u32 b) { return FIRE(event, id, result, a, b); }
#define VOID0(export, event) \
  EXPORT(export) void on_##event(u32 id) { FIRE(event, id, 0); }
#define VOID1(export, event) \
  EXPORT(export) void on_##event(u32 id, u32 a) { FIRE(event, id, 0, a); }
#define VOID2(export, event) \
  EXPORT(export) void on_##event(u32 id, u32 a, u32 b) { FIRE(event, id, 0, a, b); }

ON2(proxy_on_request_headers, REQH, 0)
ON2(proxy_on_request_body, REQB, 0)
ON1(proxy_on_request_trailers, REQT, 0)
ON1(proxy_on_request_metadata, REQM, 0)
ON2(proxy_on_response_headers, RESH, 0)
ON2(proxy_on_response_body, RESB, 0)
ON1(proxy_on_response_trailers, REST, 0)
ON1(proxy_on_response_metadata, RESM, 0)
ON0(proxy_on_done, DONE, 1)
VOID0(proxy_on_log, LOG)
VOID0(proxy_on_delete, DEL)
VOID0(proxy_on_tick, TICK)
VOID1(proxy_on_queue_ready, QUEUE)
VOID2(proxy_on_foreign_function, FF)
EXPORT(proxy_on_http_call_response) void on_call(u32 id, u32 token, u32 headers, u32 body, u32 trailers) {
  FIRE(CALL, id, 0, token, headers, body, trailers);
}
VOID2(proxy_on_grpc_close, GRPCCLOSE)
VOID2(proxy_on_grpc_receive, GRPCRECV)
VOID2(proxy_on_grpc_receive_initial_metadata, GRPCINIT)
VOID2(proxy_on_grpc_receive_trailing_metadata, GRPCTRAIL)
ON0(proxy_on_new_connection, NEWCONN, 0)
ON2(proxy_on_downstream_data, DDATA, 0)
ON2(proxy_on_upstream_data, UDATA, 0)
VOID1(proxy_on_downstream_connection_close, DCLOSE)
VOID1(proxy_on_upstream_connection_close, UCLOSE)
