//! What filters keep beside the messages, memory, and soaks.

use super::{count, number, texts};

texts! {
    StateText {
        lists: "Lists of the state", "状态列表";
        list(section: &str): format!("State, {section}"), format!("状态，{section}");
        at_event(n: usize, m: usize):
            format!("State after event {} of {}", number(n), number(m)),
            format!("第 {} 个事件之后的状态，共 {} 个", number(n), number(m));
        at_end: "State at the end of the run", "运行结束时的状态";
        is_end: "the end is shown already", "当前显示的就是结束时";
        show_end: "Show the end", "显示结束时";
        not_yet: "Not there yet at this event", "到这个事件为止还没有";
        not_yet_hint: "Press ] to go on, or show the end", "按 ] 前进，或显示结束时的状态";
        history(name: &str): format!("History of {name}"), format!("{name} 的历史");
        versions(n: usize): count(n, "entry", "entries"), format!("{} 条", number(n));
        /// Heads of a history's columns.
        history_of_event: "event", "事件";
        history_time: "time", "时间";
        history_value: "value", "值";
        history_call: "by", "调用";
        history_event(n: usize): format!("event {}", number(n)), format!("事件 {}", number(n));
        empty_contexts: "No filter has started", "没有过滤器启动";
        empty_contexts_hint: "Contexts are created when a filter starts and for each request", "过滤器启动时和每个请求到来时都会创建上下文";
        empty_shared: "No shared data", "没有共享数据";
        empty_shared_hint: "proxy_set_shared_data stores a value here for all contexts and VMs with the same VM id", "proxy_set_shared_data 会把值存到这里，供同一 VM id 的所有上下文和 VM 使用";
        empty_queues: "No queues", "没有队列";
        empty_queues_hint: "proxy_register_shared_queue creates one; proxy_enqueue_shared_queue fills it", "proxy_register_shared_queue 创建队列，proxy_enqueue_shared_queue 放入数据";
        empty_metrics: "No metrics", "没有指标";
        empty_metrics_hint: "proxy_define_metric defines a counter, gauge or histogram", "proxy_define_metric 定义 counter、gauge 或 histogram";
        empty_timers: "No timers", "没有定时器";
        empty_timers_hint: "proxy_set_tick_period_milliseconds starts a plugin's timer", "proxy_set_tick_period_milliseconds 启动插件的定时器";
        empty_callouts: "No callouts", "没有外部调用";
        empty_callouts_hint: "proxy_http_call and the gRPC calls are listed here with their responses", "proxy_http_call 和 gRPC 调用及其应答会列在这里";
        empty_properties: "No properties were read or written", "没有读写过属性";
        empty_properties_hint: "proxy_get_property and proxy_set_property are listed here with their values", "proxy_get_property 和 proxy_set_property 及其值会列在这里";
        empty_missed: "Every property that was read was found", "读取的属性全部找到";
        empty_missed_hint: "A path that Envoy does not know, or not in that callback, is listed here with the reason", "Envoy 不认识的路径，或在该回调中不可用的路径，会连同原因列在这里";
        empty_memory: "No VM has started", "没有 VM 启动";
        empty_memory_hint: "The linear memory of each VM is listed here once it runs", "VM 运行后，这里显示其线性内存";
        pages_note: "Linear memory grows in pages of 64 KiB and never shrinks", "线性内存按 64 KiB 的页增长，且不会缩小";
        memory_curve(name: &str, n: usize, from: &str, to: &str):
            format!("Memory of {name} over {}: from {from} to {to}", count(n, "request", "requests")),
            format!("{name} 在 {} 个请求中的内存：从 {from} 到 {to}", number(n));
        metric_curve(name: &str, n: usize, from: &str, to: &str):
            format!("{name} over {}: from {from} to {to}", count(n, "request", "requests")),
            format!("{name} 在 {} 个请求中的变化：从 {from} 到 {to}", number(n));
        requests_axis: "requests", "请求";
        no_curve: "A curve needs more than one request", "多于一个请求才有曲线";
        growth(bytes: &str, n: usize):
            format!("{bytes} more after {}", count(n, "request", "requests")),
            format!("{} 个请求后增加 {bytes}", number(n));
        soak: "Soak", "浸泡测试";
        soak_times(n: u32): format!("{} requests", number(n)), format!("{} 个请求", number(n));
        soak_of(n: usize): format!("Soak of {}", count(n, "request", "requests")), format!("浸泡测试：{} 个请求", number(n));
        soak_cut(n: usize, asked: u32):
            format!("Soak stopped after {} of {} requests", number(n), number(asked)),
            format!("浸泡测试在 {} 个请求后停止，共 {} 个", number(n), number(asked));
        soak_of_run(n: usize): format!("The run's {}", count(n, "request", "requests")), format!("本次运行的 {} 个请求", number(n));
        connections_of_run(n: usize): format!("The run's {}", count(n, "connection", "connections")), format!("本次运行的 {} 个连接", number(n));
        soak_ended: "The soak ended because the scenario ran again", "场景重新运行，浸泡测试已结束";
        soak_outdated: "from before the last edit of the scenario", "使用的是最近一次修改前的场景";
        soak_failed(n: usize): format!("{} did not end well", count(n, "request", "requests")), format!("{} 个请求没有正常结束", number(n));
        soak_first_failed(i: usize, words: &str): format!("request {}: {words}", number(i)), format!("第 {} 个请求：{words}", number(i));
        soaking: "Sending requests to the same VMs…", "正在向同一组 VM 发送请求…";
        soaked(n: usize): format!("Soak done: {} sent", count(n, "request", "requests")), format!("浸泡测试完成：已发送 {} 个请求", number(n));
        show_memory: "Show memory", "显示内存";
        soak_back: "Back to the run", "返回本次运行";
        soak_later: "a run is under way", "正在运行";
        soak_runs: "a soak is under way", "浸泡测试正在进行";
        soak_connection: "a scenario with a TCP connection sends no requests", "TCP 连接的场景没有请求可发送";
    }
}
