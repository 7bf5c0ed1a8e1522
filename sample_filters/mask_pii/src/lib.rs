//! 响应体脱敏: hides personal data in JSON response bodies before they reach the client.
//!
//! Headers leave as soon as `on_http_response_headers` returns Continue, and the body comes afterwards, in pieces of any
//! size. So everything about headers is decided first, and the body is held until it is complete.

mod mask;

use std::rc::Rc;

use log::{debug, error, info, warn};
use mask::Config;
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel, MetricType};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_root_context(|_| Box::new(Root { shared: None }));
}}

struct Root {
    shared: Option<Rc<Shared>>,
}

/// What every request needs.
struct Shared {
    config: Config,
    masked_fields_total: Option<u32>,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let config = match Config::parse(&self.get_plugin_configuration().unwrap_or_default()) {
            Ok(config) => config,
            Err(reason) => {
                error!("配置无效, configuration refused: {reason}");
                return false;
            }
        };
        // A missing counter is no reason to stop masking.
        let masked_fields_total = hostcalls::define_metric(MetricType::Counter, "masked_fields_total").ok();
        info!("配置已读取: {} 条脱敏规则, policy {}", config.rules.len(), config.policy);
        self.shared = Some(Rc::new(Shared { config, masked_fields_total }));
        true
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        let shared = self.shared.clone()?;
        Some(Box::new(Filter { shared, masking: false, held: 0 }))
    }
}

struct Filter {
    shared: Rc<Shared>,
    masking: bool, // this reply has a body that may need masking
    held: usize,   // bytes of it that the proxy holds back for us
}

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        // A compressed reply could not be read here, so the upstream must not be told that the client takes one.
        self.remove_http_request_header("accept-encoding");
        self.add_http_request_header("x-mask-policy", &self.shared.config.policy);
        debug!("accept-encoding removed, policy {}", self.shared.config.policy);
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        // Bytes, not String: the SDK's String variant panics on a header that is not UTF-8.
        let content_type = self.get_http_response_header_bytes("content-type").unwrap_or_default();
        if end_of_stream || !mask::is_json(&content_type) {
            debug!("没有 JSON 响应体, 原样放行 (no JSON body, passed through)");
            return Action::Continue;
        }
        let encoding = self.get_http_response_header_bytes("content-encoding").unwrap_or_default();
        if !mask::is_identity(&encoding) {
            warn!("响应已压缩 ({}), 无法脱敏, passed through unmasked", String::from_utf8_lossy(&encoding));
            return Action::Continue;
        }
        self.masking = true;
        // The masked body will have another length. Now is the last moment to say so: once the headers are on their way,
        // a wrong content-length would cut the body or leave the client waiting for more.
        self.remove_http_response_header("content-length");
        self.set_http_response_header("cache-control", Some("private, no-store"));
        self.add_http_response_header("x-masked-by", concat!("mask_pii/", env!("CARGO_PKG_VERSION")));
        Action::Continue
    }

    fn on_http_response_body(&mut self, body_size: usize, end_of_stream: bool) -> Action {
        if !self.masking {
            return Action::Continue;
        }
        // After a Pause the proxy keeps what came and shows all of it next time: body_size is the total so far.
        // A piece may end in the middle of a character, so nothing is looked at before all of it is here.
        self.held = body_size;
        if !end_of_stream {
            debug!("响应体 {body_size} B, 等待其余部分 (waiting for the rest)");
            return Action::Pause;
        }
        self.mask_body();
        Action::Continue
    }

    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        // With trailers the last piece of the body is not marked as the end. This is the end.
        if self.masking {
            self.mask_body();
        }
        Action::Continue
    }
}

impl Filter {
    fn mask_body(&mut self) {
        self.masking = false; // once is enough
        let Some(body) = self.get_http_response_body(0, self.held) else { return };
        let mut document = match serde_json::from_slice(&body) {
            Ok(document) => document,
            Err(reason) => {
                warn!("响应体不是有效的 JSON, 未做改动 (body left as it is): {reason}");
                return;
            }
        };
        let Shared { config, masked_fields_total } = &*self.shared;
        let report = mask::mask(&mut document, &config.rules);
        if !report.masked.is_empty() {
            self.set_http_response_body(0, self.held, document.to_string().as_bytes());
            if let Some(metric) = masked_fields_total {
                let _ = hostcalls::increment_metric(*metric, report.masked.len() as i64);
            }
        }
        // Paths only. A log line with the values would undo the masking.
        let shown = &report.masked[..report.masked.len().min(20)];
        let more = if shown.len() < report.masked.len() { ", …" } else { "" };
        info!("已脱敏 {} 个字段: {}{more}", report.masked.len(), shown.join(", "));
        for (rule, _) in config.rules.iter().zip(&report.matched).filter(|(_, matched)| !**matched) {
            warn!("rule \"{}\" matched nothing", rule.path.text);
        }
    }
}
