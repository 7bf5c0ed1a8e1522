//! What host calls and callbacks are for, in a few words each.

use super::pick;
use crate::abi::{Callback, HostCall, Namespace};
use crate::view::Language;

/// What a host call does.
pub fn of_call(language: Language, call: HostCall) -> &'static str {
    use HostCall::*;
    let (english, chinese) = match call {
        Log => ("write a log line", "写日志"),
        GetLogLevel => ("which log lines are wanted", "读取日志级别"),
        GetCurrentTime => ("the clock", "时钟"),
        SetTickPeriod => ("set the timer", "设置定时器"),
        GetConfiguration => ("read the configuration", "读取配置"),
        GetStatus => ("status of a gRPC call that ended", "已结束的 gRPC 调用的状态"),
        GetProperty => ("read an attribute", "读取属性"),
        SetProperty => ("write an attribute", "写入属性"),
        ContinueStream => ("let a held message go on", "放行已暂停的消息"),
        CloseStream => ("reset a stream", "重置流"),
        ContinueRequest => ("let a held request go on", "放行已暂停的请求"),
        ContinueResponse => ("let a held response go on", "放行已暂停的响应"),
        SendLocalResponse => ("answer the client", "直接回复客户端"),
        ClearRouteCache => ("choose the route anew", "重新选择路由"),
        GetHeaderMapSize => ("size of all headers", "全部头部的大小"),
        GetHeaderMapPairs => ("read all headers", "读取全部头部"),
        SetHeaderMapPairs => ("replace all headers", "替换全部头部"),
        GetHeaderMapValue => ("read one header", "读取一个头部"),
        AddHeaderMapValue => ("append a header", "追加头部"),
        ReplaceHeaderMapValue => ("replace a header", "替换头部"),
        RemoveHeaderMapValue => ("remove a header", "删除头部"),
        GetBufferBytes => ("read a body or a configuration", "读取消息体或配置"),
        GetBufferStatus => ("size of a body", "消息体大小"),
        SetBufferBytes => ("change a body", "修改消息体"),
        HttpCall => ("call another upstream", "调用其他上游"),
        GrpcCall => ("make a gRPC call", "发起 gRPC 调用"),
        GrpcStream => ("open a gRPC stream", "打开 gRPC 流"),
        GrpcSend => ("send a gRPC message", "发送 gRPC 消息"),
        GrpcClose => ("close a gRPC stream", "关闭 gRPC 流"),
        GrpcCancel => ("cancel a gRPC call", "取消 gRPC 调用"),
        GetSharedData => ("read a shared value", "读取共享数据"),
        SetSharedData => ("write a shared value", "写入共享数据"),
        RegisterSharedQueue => ("make a queue", "创建队列"),
        ResolveSharedQueue => ("find a queue of another VM", "查找其他 VM 的队列"),
        EnqueueSharedQueue => ("put into a queue", "放入队列"),
        DequeueSharedQueue => ("take from a queue", "从队列取出"),
        DefineMetric => ("make a metric", "定义指标"),
        IncrementMetric => ("count", "增减指标"),
        RecordMetric => ("set a metric", "记录指标"),
        GetMetric => ("read a metric", "读取指标"),
        SetEffectiveContext => ("act for another stream", "以其他流的身份操作"),
        Done => ("finish later than asked", "延后结束"),
        CallForeignFunction => ("call an extension of the host", "调用宿主的扩展函数"),
        PthreadEqual => ("of the C library", "C 库所用"),
        ResolveDns => ("resolve a name", "解析域名"),
        NotifyMemoryGrowth => ("of Emscripten", "Emscripten 所用"),
        FdWrite | FdPwrite => ("standard output and error: log lines", "标准输出和标准错误：写日志"),
        FdFdstatGet | FdTell => ("on standard output and error only", "仅对标准输出和标准错误有效"),
        FdSync | FdDatasync | FdFdstatSetRights | FdFilestatSetSize | FdFilestatSetTimes | FdAllocate => {
            ("on standard output and error, without effect", "对标准输出和标准错误有效，但不起作用")
        }
        FdSeek | FdClose | FdAdvise => ("without effect", "不起作用"),
        FdRead | FdPread | FdFdstatSetFlags | FdPrestatDirName => ("refused: NOSYS", "被拒绝：NOSYS"),
        FdFilestatGet | FdPrestatGet | FdRenumber | FdReaddir => ("refused: no files", "被拒绝：没有文件"),
        PathOpen => ("refused: no such file", "被拒绝：没有这个文件"),
        EnvironSizesGet | EnvironGet => ("environment variables", "环境变量"),
        ArgsSizesGet | ArgsGet => ("arguments: there are none", "命令行参数：没有"),
        ClockTimeGet | ClockResGet => ("the clock", "时钟"),
        RandomGet => ("random bytes", "随机字节"),
        SchedYield => ("without effect", "不起作用"),
        PollOneoff => ("returns at once", "立即返回"),
        ProcExit => ("ends the module", "结束模块"),
        other if other.spec().namespace == Namespace::Wasi => ("refused: NOTSUP", "被拒绝：NOTSUP"),
        _ => ("", ""),
    };
    pick(language, english, chinese)
}

/// When the host makes a callback.
pub fn of_callback(language: Language, callback: Callback) -> &'static str {
    use Callback::*;
    let (english, chinese) = match callback {
        Initialize | Start => ("first of all", "最先执行"),
        Main | MainVoid => ("after _initialize", "在 _initialize 之后"),
        Malloc | MemoryAllocate => ("room for data of the host", "为宿主的数据分配内存"),
        ValidateConfiguration | StatsUpdate => ("never called by Envoy", "Envoy 从不调用"),
        ContextCreate => ("new plugin or stream", "新的插件或流"),
        VmStart => ("VM configuration", "VM 配置"),
        Configure => ("plugin configuration", "插件配置"),
        Tick => ("timer", "定时器"),
        QueueReady => ("something came into a queue", "队列有新内容"),
        ForeignFunction => ("an extension of the host calls", "宿主扩展的回调"),
        RequestHeaders => ("request, before its body", "请求头，在请求体之前"),
        RequestBody => ("each piece of the request body", "请求体的每一块"),
        RequestTrailers => ("request trailers", "请求尾部"),
        RequestMetadata | ResponseMetadata => ("HTTP/2 METADATA", "HTTP/2 METADATA"),
        ResponseHeaders => ("response, before its body", "响应头，在响应体之前"),
        ResponseBody => ("each piece of the response body", "响应体的每一块"),
        ResponseTrailers => ("response trailers", "响应尾部"),
        HttpCallResponse => ("answer to a callout", "外部调用的应答"),
        GrpcReceiveInitialMetadata => ("gRPC: first metadata", "gRPC：初始元数据"),
        GrpcReceive => ("gRPC: a message", "gRPC：一条消息"),
        GrpcReceiveTrailingMetadata => ("gRPC: last metadata", "gRPC：尾部元数据"),
        GrpcClose => ("gRPC: the end", "gRPC：结束"),
        ResolvedDns => ("a name was resolved", "域名解析完成"),
        NewConnection => ("TCP: a client connects", "TCP：客户端连接"),
        DownstreamData => ("TCP: bytes of the client", "TCP：客户端的数据"),
        UpstreamData => ("TCP: bytes of the upstream", "TCP：上游的数据"),
        DownstreamConnectionClose => ("TCP: the client has gone", "TCP：客户端断开"),
        UpstreamConnectionClose => ("TCP: the upstream has gone", "TCP：上游断开"),
        Done => ("may the context be deleted?", "上下文可以删除吗？"),
        Log => ("after the stream", "流结束之后"),
        Delete => ("the context goes", "上下文被删除"),
    };
    pick(language, english, chinese)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_call_has_a_meaning_in_both_languages() {
        for call in HostCall::all() {
            let [english, chinese] = Language::ALL.map(|language| of_call(language, call));
            assert!(!english.is_empty() && !chinese.is_empty(), "{call:?}");
        }
    }
}
