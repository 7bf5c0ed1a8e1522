//! What is told of a run, and what is copied of it for a chat.

use filterlab::view::Language;
use filterlab::view::markdown::{self, Report};
use filterlab::view::story::{stories, story};
use serde_json::json;

use crate::support::{Run, run, run_edited, run_script};

const EN: Language = Language::English;
const ZH: Language = Language::SimplifiedChinese;

fn tells(run: &Run, english: &str, chinese: &str) {
    let told = Language::ALL.map(|language| story(language, &run.trace, &run.changes, 0).with_backticks());
    assert_eq!(told, [english, chinese]);
    assert_eq!(stories(&run.trace, &run.changes, 0).map(|text| text.with_backticks()), told);
}

fn copied(language: Language, run: &Run, masks: bool) -> String {
    let Run { trace, scenario, changes } = run;
    markdown::report(language, &Report { trace, scenario, changes, exchange: 0, masks })
}

/// Asks `auth-service` about the request, and answers 403 when it says no.
fn asks(answer: serde_json::Value) -> Run {
    let script = [
        "reqh quiet",
        r#"reqh get 0 ":path""#,
        r#"reqh get 0 ":method""#,
        r#"reqh get 0 "authorization""#,
        r#"reqh prop "source\x00address""#,
        r#"reqh call "auth-service" [":method" "POST" ":path" "/check" ":authority" "a"] "" [] 1000"#,
        "reqh ret 1",
        r#"call get 6 ":status""#,
        "call eff 2",
        r#"call local 403 "" "no" [] -1"#,
    ];
    run_script(
        &script.join("\n"),
        json!({ "callouts": [{ "upstream": "auth-service", "answers": [answer] }] }),
    )
}

#[test]
fn the_samples_have_their_stories() {
    tells(
        &run("mask_pii/mask_pii"),
        "Removed `accept-encoding` and added `x-mask-policy` on the request; removed `content-length`, added \
         `x-masked-by`, replaced `cache-control`, made 5 changes to the JSON body (346 → 235 B), held 2 chunks and \
         updated the metric `masked_fields_total` on the response.",
        "请求：删除 `accept-encoding`，新增 `x-mask-policy`；响应：删除 `content-length`，新增 `x-masked-by`，\
         改写 `cache-control`，修改 JSON 消息体 5 处（346 → 235 B），暂存 2 块，更新指标 `masked_fields_total`。",
    );
    tells(
        &run("add_headers/add_headers"),
        "Removed `x-debug`, added `x-gateway` and replaced `x-env` on the request; removed `server` and `x-powered-by`, \
         added `x-content-type-options` and `set-cookie` and replaced `cache-control` on the response.",
        "请求：删除 `x-debug`，新增 `x-gateway`，改写 `x-env`；响应：删除 `server` 和 `x-powered-by`，\
         新增 `x-content-type-options` 和 `set-cookie`，改写 `cache-control`。",
    );
    tells(
        &run("access_check/access_check"),
        "Removed `authorization`, added `x-role` and replaced `x-user` on the request.",
        "请求：删除 `authorization`，新增 `x-role`，改写 `x-user`。",
    );
}

#[test]
fn a_filters_own_answer_says_that_the_upstream_was_never_contacted() {
    tells(
        &run("access_check/forbidden"),
        "Read 3 headers and answered 403 itself; the upstream was never contacted.",
        "读取 3 个头部，自行回复 403；没有联系上游。",
    );
    let late = run_script("resh local 502 \"\" \"bad\" [] -1", json!({}));
    tells(&late, "Answered 502 itself on the response.", "响应：自行回复 502。");
}

#[test]
fn a_callout_is_told_with_what_came_back_and_when() {
    tells(
        &asks(json!({ "status": 403, "delay_ms": 42 })),
        "Read 3 headers and a property, asked `auth-service` (`POST /check`), got 403 after 42 ms and answered 403 \
         itself; the upstream was never contacted.",
        "读取 3 个头部、1 个属性，调用 `auth-service`（`POST /check`），42 ms 后得到 403，自行回复 403；没有联系上游。",
    );
    let ends = [
        (json!({ "fails": "silence" }), "timed out after 1 s", "等待 1 s 后超时"),
        (json!({ "fails": "connection_failure" }), "could not connect", "未能连接"),
        (json!({ "fails": "reset" }), "was reset by it", "被对方重置"),
        (json!({ "fails": "no_endpoint" }), "found no endpoint there", "该上游没有端点"),
    ];
    for (answer, english, chinese) in ends {
        let run = asks(answer);
        let told = Language::ALL.map(|language| story(language, &run.trace, &run.changes, 0).to_string());
        assert!(told[0].contains(english), "{told:?}");
        assert!(told[1].contains(chinese), "{told:?}");
    }
}

#[test]
fn of_many_callouts_two_are_told_and_the_others_counted() {
    let call = r#"call "auth" [":method" "GET" ":path" "/" ":authority" "a"] "" [] 1000"#;
    let script =
        format!("reqh quiet\n{}reqh ret 1\ncall eff 2\ncall.5 cont 0", format!("reqh {call}\n").repeat(5));
    let answers = json!([{ "status": 200, "delay_ms": 4 }]);
    tells(
        &run_script(&script, json!({ "callouts": [{ "upstream": "auth", "answers": answers }] })),
        "Asked `auth` (`GET /`), got 200 after 4 ms, asked `auth` (`GET /`), got 200 after 4 ms and made 3 more \
         callouts on the request.",
        "请求：调用 `auth`（`GET /`），4 ms 后得到 200，调用 `auth`（`GET /`），4 ms 后得到 200，另有 3 次外部调用。",
    );
}

#[test]
fn a_pause_is_told_with_its_length_or_that_it_never_ended() {
    tells(
        &run_script("reqh quiet\nreqh tick 20\nreqh ret 1\ntick eff 2\ntick cont 0", json!({})),
        "Paused for 20 ms on the request.",
        "请求：暂停 20 ms。",
    );
    tells(
        &run_script("reqh quiet\nreqh get 0 \"x\"\nreqh ret 1", json!({})),
        "Read a header on the request; paused the request in `on_request_headers` forever.",
        "请求：读取 1 个头部；在 `on_request_headers` 中暂停请求，再未恢复。",
    );
}

#[test]
fn a_trap_is_told_after_what_was_done_before() {
    tells(
        &run_script("reqh quiet\nreqh add 0 \"x-a\" \"1\"\nresh trap", json!({})),
        "Added `x-a` on the request; trapped in `on_response_headers`.",
        "请求：新增 `x-a`；在 `on_response_headers` 中崩溃。",
    );
    tells(&run("add_headers/bad_config"), "Was not started.", "没有启动。");
}

#[test]
fn what_is_kept_beside_the_messages_is_told() {
    let script = "reqh quiet\nreqh shget \"hits\"\nreqh shset \"hits\" \"1\" 0\nreqh def 0 \"seen\"\nreqh inc 4 1\n\
                  reqh setprop \"flag\" \"1\"";
    tells(
        &run_script(script, json!({})),
        "Read a shared value, wrote shared data `hits`, set the property `flag` and updated the metric `seen` on the \
         request.",
        "请求：读取 1 个共享值，写入共享数据 `hits`，设置属性 `flag`，更新指标 `seen`。",
    );
}

#[test]
fn a_filter_that_changes_nothing_has_a_story_too() {
    let run = run_edited("access_check/public", |scenario| scenario.request.headers.clear());
    tells(&run, "Read 3 headers and changed nothing.", "读取 3 个头部，没有改动任何内容。");
    tells(&run_script("", json!({})), "Changed nothing.", "没有改动任何内容。");
}

#[test]
fn a_masked_reply_as_markdown() {
    let english = copied(EN, &run("mask_pii/mask_pii"), true);
    let expected = r#"`mask_pii` · 用户资料脱敏 · **Finished**: 200 to the client

Removed `accept-encoding` and added `x-mask-policy` on the request; removed `content-length`, added `x-masked-by`, replaced `cache-control`, made 5 changes to the JSON body (346 → 235 B), held 2 chunks and updated the metric `masked_fields_total` on the response.

### Request headers: 1 removed, 1 added

| | Before | After | Written by |
|---|---|---|---|
| − | `accept-encoding: gzip, br` |  | `#4 remove_header_map_value` |
| + |  | `x-mask-policy: v3` | `#5 add_header_map_value` |

### Response headers: 1 removed, 1 added, 1 changed

| | Before | After | Written by |
|---|---|---|---|
| − | `content-length: 346` |  | `#9 remove_header_map_value` |
| ~ | `cache-control: public, max-age=60` | `cache-control: private, no-store` now after `set-cookie` | `#10 replace_header_map_value` |
| + |  | `x-masked-by: mask_pii/0.4.1` | `#11 add_header_map_value` |

### Response body: 5 changed · JSON · 346 → 235 B

```diff
@@
    "message": "成功",
    "data": {
-     "name": "张伟",
-     "phone": "13812345678",
-     "id_card": "110101199001011234",
-     "address": "北京市朝阳区建国路8号",
+     "name": "张*",
+     "phone": "138****5678",
+     "id_card": "110101********1234",
+     "address": "北京市朝阳区*****",
      "level": "金卡会员",
      "orders": [
@@
          "id": "DD20251103001",
          "amount": 128.5,
-         "phone": "13900112233"
+         "phone": "139****2233"
        }
      ]
```

Written by `#15 set_buffer_bytes`.

### Logs

```text
   0 ms info     配置已读取: 5 条脱敏规则, policy v3  #3
   0 ms debug    accept-encoding removed, policy v3  #6
  12 ms debug    响应体 173 B, 等待其余部分 (waiting for the rest)  #12
  12 ms info     已脱敏 5 个字段: data.name, data.phone, data.id_card, data.address, data.orders[0].phone  #17
  12 ms warn     rule "data.bank_card" matched nothing  #18
```
"#;
    assert_eq!(english, expected);
    let chinese = copied(ZH, &run("mask_pii/mask_pii"), true);
    for line in [
        "`mask_pii` · 用户资料脱敏 · **已完成**：客户端收到 200",
        "### 请求头：删除 1 处，新增 1 处",
        "| | 之前 | 之后 | 写入者 |",
        "写入者：`#15 set_buffer_bytes`。",
        "### 日志",
    ] {
        assert!(chinese.lines().any(|found| found == line), "{line} is missing: {chinese}");
    }
}

#[test]
fn secrets_are_hidden_in_markdown_while_the_mask_is_on() {
    let run = run("access_check/access_check");
    let masked = copied(EN, &run, true);
    assert!(masked.contains("| − | `authorization: Bearer ••••••••` |"), "{masked}");
    assert!(!masked.contains("tok-"), "{masked}");
    assert!(copied(EN, &run, false).contains("`authorization: Bearer tok-"));
}

#[test]
fn callouts_and_findings_are_in_the_markdown() {
    let text = copied(EN, &asks(json!({ "status": 403, "delay_ms": 42 })), true);
    assert!(text.contains("### Callouts\n\n| Upstream | Request | Result |\n|---|---|---|\n| `auth-service` | `POST /check` | answered 403 |\n"), "{text}");
    let found = run_script("reqh quiet\nreqh cont 0", json!({}));
    let text = copied(EN, &found, true);
    assert!(text.contains("### Findings\n\n- **"), "{text}");
    assert!(text.contains("(`continue_without_pause`), `on_request_headers`: "), "{text}");
}

#[test]
fn a_hostile_message_cannot_leave_its_code() {
    let script = "reqh quiet\nreqh add 0 \"x-a\" \"`|``<b>\"\nreqb setbuf 0 0 99 \"a\\x0a````\\x0ab\"\nreqb log 2 \"```\"";
    let run = run_script(script, json!({ "request": { "method": "POST", "body": "x" } }));
    let text = copied(EN, &run, true);
    assert!(text.contains("| + |  | ```x-a: `\\|``<b>``` |"), "{text}");
    assert!(text.contains("\n`````diff\n"), "{text}");
    assert!(text.contains("\n````text\n"), "{text}");
}

#[test]
fn a_long_run_is_copied_in_part_and_says_so() {
    let long: String = (0..3_000).map(|line| format!("line {line}\n")).collect();
    let script = "reqh quiet\nreqb setbuf 0 0 99999999 \"short\"";
    let run = run_script(script, json!({ "request": { "method": "POST", "body": long } }));
    let text = copied(EN, &run, true);
    assert!(text.lines().count() < 300, "{} lines", text.lines().count());
    assert!(text.contains("… and 2,801 more."), "{text}");
}

#[test]
fn what_a_timer_does_is_told_with_its_callback_and_in_its_time() {
    tells(
        &run_script(
            "reqh quiet\nconf tick 10\ntick.1 shset \"keys\" \"v1\" 0\ntick tick 0",
            json!({ "reply": { "delay_ms": 30 } }),
        ),
        "Wrote shared data `keys` in `on_tick`.",
        "`on_tick` 中：写入共享数据 `keys`。",
    );
    let script = "reqh quiet\nconf tick 10\nreqh add 0 \"x-a\" \"1\"\nresh add 2 \"x-b\" \"1\"\n\
                  tick.1 shset \"keys\" \"v1\" 0\ntick tick 0";
    tells(
        &run_script(script, json!({ "reply": { "delay_ms": 30 } })),
        "Added `x-a` on the request; wrote shared data `keys` in `on_tick`; added `x-b` on the response.",
        "请求：新增 `x-a`；`on_tick` 中：写入共享数据 `keys`；响应：新增 `x-b`。",
    );
    let call = r#"call "auth" [":method" "GET" ":path" "/check" ":authority" "auth"] "" [] 50"#;
    tells(
        &run_script(
            &format!("reqh quiet\nconf tick 10\ntick.1 {call}\ntick tick 0"),
            json!({ "reply": { "delay_ms": 90 }, "callouts": [{ "upstream": "auth", "answers": [{ "status": 200 }] }] }),
        ),
        "Asked `auth` (`GET /check`) in `on_tick` and got 200.",
        "`on_tick` 中：调用 `auth`（`GET /check`），得到 200。",
    );
}

#[test]
fn reads_that_failed_are_no_reads() {
    let late = json!({ "request": { "method": "POST", "body": "x" }, "reply": { "body": "x" } });
    tells(
        &run_script("reqh quiet\nreqb get 0 \"x-user\"", late.clone()),
        "Could not read a header and changed nothing.",
        "未能读取 1 个头部，没有改动任何内容。",
    );
    tells(
        &run_script("reqh quiet\nreqb get 0 \"x-user\"\nresb get 2 \"server\"\nreqh get 0 \"host\"", late),
        "Read a header, could not read 2 headers and changed nothing.",
        "读取 1 个头部，未能读取 2 个头部，没有改动任何内容。",
    );
}

#[test]
fn what_came_back_from_a_callout_did_not_come_back_on_the_request() {
    let call = r#"call "auth" [":method" "GET" ":path" "/" ":authority" "a"] "" [] 50"#;
    let script = format!("reqh quiet\nreqh get 0 \"x\"\nreqh {call}\nreqh ret 1\ncall eff 2\ncall cont 0");
    let silent = json!({ "callouts": [{ "upstream": "auth", "answers": [{ "fails": "silence" }] }] });
    tells(
        &run_script(&script, silent),
        "Read a header, asked `auth` (`GET /`) on the request and timed out after 50 ms.",
        "请求：读取 1 个头部，调用 `auth`（`GET /`），等待 50 ms 后超时。",
    );
}
