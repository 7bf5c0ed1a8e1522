//! The editors of requests, mocks, properties and expectations, and the templates.

use super::{count, number, texts};

texts! {
    /// Several requests.
    RequestsText {
        title: "Requests", "请求";
        add: "Add a request", "添加请求";
        add_copy: "Same as the one before", "与前一个相同";
        add_template: "From a template…", "使用模板…";
        add_connection: "A TCP connection instead", "改为 TCP 连接";
        request(place: usize, method: &str, path: &str):
            format!("Request {}: {method} {path}", number(place)),
            format!("请求 {}：{method} {path}", number(place));
        as_request(place: usize): format!("as request {}", number(place)), format!("同请求 {}", number(place));
        after(time: &str): format!("after {time}"), format!("{time} 后");
        sent: "Sent", "发送";
        repeat_name: "How often the request is sent", "请求发送的次数";
        times: "times", "次";
        wait: "after", "间隔";
        wait_name: "Time since the end of the exchange before", "距上一次交互结束的时间";
        settle: "Proxy goes on for", "每次应答后继续";
        settle_name: "Time for which the proxy goes on after each answer", "每次应答之后代理继续运行的时间";
        show_in_run: "Show in the run", "在运行中查看";
        reply_to: "Reply to", "应答";
        reply_to_name: "Request whose reply is edited", "编辑哪个请求的应答";
        inherited(place: usize):
            format!("The same as in request {}.", number(place)),
            format!("与请求 {} 相同。", number(place));
        make_own: "Make it its own", "改为独立";
        own: "Its own.", "独立设置。";
        as_before: "Same as the one before", "与前一个相同";
        edit: "Edit this request", "编辑此请求";
    }
}

texts! {
    /// What an upstream answers: replies, and answers to callouts.
    AnswersText {
        add: "Add an answer", "添加应答";
        outcome: "Upstream", "上游";
        outcome_name: "What the upstream does", "上游的行为";
        it_answers: "answers", "应答";
        fails_silence: "says nothing", "无应答";
        fails_reset: "resets the stream", "重置流";
        fails_connection: "nobody listens", "无人监听";
        fails_no_endpoint: "has no endpoint", "没有端点";
        status_name: "Status of the answer", "应答的状态码";
        after(time: &str): format!("after {time}"), format!("{time} 后");
        then_reset: "then a reset", "随后重置";
        delay: "Delay", "延迟";
        delay_name: "Time until the answer", "应答前的时间";
        headers: "Answer headers", "应答头部";
        add_header: "Add an answer header", "添加应答头部";
        trailers: "Answer trailers", "应答尾部";
        add_trailer: "Add an answer trailer", "添加应答尾部";
        body: "Answer body", "应答体";
        body_name: "Body of the answer", "应答的消息体";
        timing: "Timing", "时序";
        at_once: "Answer before the request has ended", "不等请求结束即应答";
        at_once_note: "The delay then counts from the request's headers, not from its end", "此时延迟从请求头部到达算起，而不是从请求结束算起";
        is_at_once: "before the request's end", "不等请求结束";
        gap: "Gap", "间隔";
        gap_name: "Time between two parts of the answer", "应答各部分之间的时间";
        has_gap(time: &str): format!("gap {time}"), format!("间隔 {time}");
        reset_after: "Reset after", "重置于";
        reset_after_name: "Pieces after which the upstream resets the stream; empty: never", "上游在多少块之后重置流，留空表示不重置";
        breaks(pieces: u32):
            format!("reset after {}", count(pieces as usize, "piece", "pieces")),
            format!("{} 块后重置", number(pieces));
        again: "When asked again", "重试时的应答";
        no_again: "The same answer to each retry", "每次重试的应答都相同";
        retry(place: usize): format!("retry {}", number(place)), format!("第 {} 次重试", number(place));
        retries_from(place: usize):
            match place {
                1 => "each retry".to_owned(),
                _ => format!("from retry {} on", number(place)),
            },
            match place {
                1 => "每次重试".to_owned(),
                _ => format!("从第 {} 次重试起", number(place)),
            };
    }
}

texts! {
    /// Mocks of callouts.
    MocksText {
        title: "Callouts", "外部调用";
        none: "No mocks: callouts are refused", "没有模拟应答：外部调用会被拒绝";
        add: "Add a mock", "添加模拟应答";
        add_http: "HTTP upstream", "HTTP 上游";
        add_grpc: "gRPC upstream", "gRPC 上游";
        add_template: "From a template…", "使用模板…";
        of(upstream: &str): format!("mock of {upstream}"), format!("{upstream} 的模拟应答");
        answers(n: usize): count(n, "answer", "answers"), format!("{} 个应答", number(n));
        answers_title: "Answers in order", "依次应答";
        no_answers: "None: 200 without a body", "没有：返回 200，无消息体";
        to_every: "always", "始终";
        from_on(place: usize): format!("from request {} on", number(place)), format!("从第 {} 次起", number(place));
        to_request(place: usize): format!("to request {}", number(place)), format!("第 {} 次", number(place));
        upstream: "Upstream", "上游";
        upstream_name: "Name of the upstream; * stands for any characters", "上游名称，* 代表任意字符";
        method: "Method", "方法";
        method_name: "Method of the callout; empty: any", "调用的方法，留空表示任意";
        path: "Path", "路径";
        path_name: "Path of the callout; * stands for any characters, empty: any", "调用的路径，* 代表任意字符，留空表示任意";
        any_path: "any", "任意";
        headers: "Only with headers", "仅当带有头部";
        add_header: "Add a header that the callout must have", "添加调用必须带有的头部";
        grpc: "gRPC answer", "gRPC 应答";
        grpc_status: "gRPC status", "gRPC 状态";
        grpc_status_name: "gRPC status of the answer, 0 to 16", "应答的 gRPC 状态，0 到 16";
        grpc_message: "Message", "说明";
        grpc_message_name: "grpc-message of the answer", "应答的 grpc-message";
        grpc_answer(status: u32, messages: usize):
            format!("gRPC {status}, {}", count(messages, "message", "messages")),
            format!("gRPC {status}，{} 条消息", number(messages));
        at_once: "Answer when the stream opens", "流打开时即应答";
        at_once_note: "Else when the filter has closed its side", "否则在过滤器关闭己方之后应答";
        messages: "gRPC messages", "gRPC 消息";
        add_message: "Add a gRPC message", "添加 gRPC 消息";
        message(place: usize): format!("gRPC message {}", number(place)), format!("gRPC 消息 {}", number(place));
        bytes_hint: "\\xFF stands for any byte", "\\xFF 表示任意字节";
        nothing_chosen: "choose a callout without an answer first", "请先选择没有应答的外部调用";
        make: "Make a mock", "创建模拟应答";
        made(upstream: &str):
            format!("Made a mock for {upstream}; edit it under Env"),
            format!("已为 {upstream} 创建模拟应答，可在“环境”中编辑");
    }
}

texts! {
    /// Values that stand for properties.
    PropertiesText {
        title: "Properties", "属性";
        none: "None: the proxy answers by itself", "没有：由代理自行应答";
        add: "Add a property", "添加属性";
        path: "Path", "路径";
        path_name: "Path of the property", "属性的路径";
        kind: "Type", "类型";
        kind_name: "Type of the value", "值的类型";
        value: "Value", "值";
        value_name: "Value of the property", "属性的值";
        value_json: "Value as in the scenario file", "按场景文件的写法";
        kind_text: "text", "文本";
        kind_int: "int", "int";
        kind_uint: "uint", "uint";
        kind_double: "double", "double";
        kind_bool: "bool", "bool";
        kind_duration: "duration", "时长";
        kind_timestamp: "timestamp", "时间";
        kind_bytes: "bytes", "字节";
        kind_json: "list or map", "列表或映射";
        kind_null: "no bytes", "无字节";
        null_hint: "The property is there, and a read of it fails: it has no bytes.", "属性存在，但没有字节，读取会失败。";
        twice: "Another property has this path", "另一个属性已使用此路径";
        no_path: "Write a path such as request.path", "请输入路径，例如 request.path";
        group: "This is a group: set its members, such as request.path", "这是一个组，请设置其成员，例如 request.path";
        wrong_int: "Write a whole number of 64 bits", "请输入 64 位整数";
        wrong_uint: "Write a whole number from 0", "请输入不小于 0 的整数";
        wrong_double: "Write a number such as 1.5", "请输入数字，例如 1.5";
        wrong_bool: "Write true or false", "请输入 true 或 false";
        wrong_duration: "Write a time such as 12 ms or 1.5 s", "请写成 12 ms 或 1.5 s 这样的时长";
        wrong_json(reason: &str): format!("This is no value: {reason}"), format!("这不是有效的值：{reason}");
        replaces: "in place of what the proxy would answer", "取代代理自身的值";
        no_bytes: "A filter reads no bytes: the host call fails", "过滤器读不到字节：宿主调用失败";
        empty: "A filter reads 0 B", "过滤器读到 0 B";
        bytes(n: usize, shown: &str):
            format!("A filter reads {} B: {shown}", number(n)),
            format!("过滤器读到 {} B：{shown}", number(n));
        still(words: &str): format!("As it was before: {words}"), format!("仍为之前的值：{words}");
        encoded(how: &str): format!("Envoy writes it as {how}."), format!("Envoy 的写法：{how}。");
        instead(when: &str):
            format!("By itself it is there {when}; a value here is always there."),
            format!("它本身{when}；此处设置的值则始终可用。");
        own: "No attribute of Envoy: a name of your own, always there.", "不是 Envoy 的属性：自定义名称，始终可用。";
    }
}

texts! {
    /// Ready-made scenarios.
    TemplatesText {
        title: "Templates", "模板";
        hint: "Each replaces the parts that it is about; Ctrl+Z takes it back", "只替换相关部分，可用 Ctrl+Z 撤销";
        used(name: &str): format!("Template used: {name}"), format!("已使用模板：{name}");
    }
}

texts! {
    /// What a run is expected to show.
    ExpectationsText {
        title: "Expectations", "预期";
        none: "Nothing is expected of this scenario yet", "此场景还没有预期";
        hint: "of what is chosen", "针对所选内容";
        add: "Add an expectation", "添加预期";
        nothing_chosen: "choose a header, a value, a log line, an event or a metric first", "请先选择头部、值、日志、事件或指标";
        added(words: &str): format!("Expected from now on: {words}"), format!("已添加预期：{words}");
        known(words: &str): format!("This is expected already: {words}"), format!("已有此预期：{words}");
        met: "met", "满足";
        not_met: "not met", "不满足";
        off: "off", "已关闭";
        not_judged: "not judged yet", "尚未判定";
        summary(met: usize, all: usize):
            format!("{} of {} met", number(met), count(all, "expectation", "expectations")),
            format!("{} / {} 条预期满足", number(met), number(all));
        subject: "What", "对象";
        request: "Request", "请求";
        request_name: "Number of the request; empty: every one, 0: outside of requests", "第几个请求，留空表示每个，0 表示请求之外";
        name: "Name", "名称";
        json: "JSONPath", "JSONPath";
        json_name: "JSONPath of the values; empty: the whole body", "值的 JSONPath，留空表示整个消息体";
        level: "Level", "级别";
        level_name: "Lines at or above this level", "此级别及以上的日志";
        any_level: "any", "任意";
        callback: "Callback", "回调";
        callback_name: "Only within this callback", "仅限此回调内";
        upstream: "Upstream", "上游";
        upstream_name: "Only callouts to this upstream", "仅限对此上游的调用";
        filter: "Filter", "过滤器";
        filter_name: "Place of the filter in the chain; empty: any", "过滤器在链中的位置，留空表示任意";
        tests: "Tests", "条件";
        add_test: "Add a test", "添加条件";
        no_tests: "No test: it is enough that it is there", "没有条件：存在即可";
        test_is: "is", "等于";
        test_contains: "contains", "包含";
        test_starts: "starts with", "开头为";
        test_ends: "ends with", "结尾为";
        test_matches: "matches", "匹配";
        test_least: "at least", "至少";
        test_most: "at most", "至多";
        test_exists: "is there", "存在";
        test_count: "count", "个数";
        yes: "yes", "是";
        no: "no", "否";
        not: "None may pass (not)", "都不得满足（not）";
        remove_test(name: &str): format!("Remove the test: {name}"), format!("移除条件：{name}");
        is_hint: "text, or JSON such as 200 or true", "文本，或 JSON，例如 200、true";
        wrong_number: "Write a number", "请输入数字";
        outcome: "how it ended", "结局";
        status: "status at the client", "客户端收到的状态码";
        details: "code details", "状态详情";
        upstream_header: "header to the upstream", "发往上游的头部";
        upstream_body: "body to the upstream", "发往上游的消息体";
        upstream_trailer: "trailer to the upstream", "发往上游的尾部";
        downstream_header: "header to the client", "发往客户端的头部";
        downstream_body: "body to the client", "发往客户端的消息体";
        downstream_trailer: "trailer to the client", "发往客户端的尾部";
        local_reply: "local reply", "本地应答";
        local_reply_details: "details of a local reply", "本地应答的详情";
        grpc_status: "gRPC status of a local reply", "本地应答的 gRPC 状态";
        log: "log line", "日志";
        metric: "metric", "指标";
        callout: "callout", "外部调用";
        callout_header: "header of a callout", "外部调用的头部";
        callout_body: "body of a callout", "外部调用的消息体";
        callout_end: "end of a callout", "外部调用的结果";
        shared_data: "shared data", "共享数据";
        property: "property set", "写入的属性";
        host_call: "host call", "宿主调用";
        action: "answer of a callback", "回调的返回";
        finding: "finding", "发现";
    }
}
