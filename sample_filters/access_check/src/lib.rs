//! Lets a request through when its bearer token's role may use the path and method;
//! otherwise answers 401 or 403 itself, without asking the upstream.

mod policy;

use std::rc::Rc;

use log::{debug, error, info, warn};
use policy::{Decision, Policy};
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_root_context(|_| Box::new(Root { policy: None }));
}}

struct Root {
    policy: Option<Rc<Policy>>,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        match Policy::parse(&self.get_plugin_configuration().unwrap_or_default()) {
            Ok(policy) => {
                // How many tokens, never which: logs are read by more people than the configuration.
                info!("access_check ready: {} tokens, {} rules", policy.tokens.len(), policy.rule_count());
                self.policy = Some(Rc::new(policy));
                true
            }
            Err(reason) => {
                error!("configuration refused: {reason}");
                false
            }
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        let policy = self.policy.clone()?;
        Some(Box::new(Filter { policy }))
    }
}

struct Filter {
    policy: Rc<Policy>,
}

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let method = self.request_header(":method").unwrap_or_default();
        let target = self.request_header(":path").unwrap_or_default();
        let authorization = self.request_header("authorization");

        // Only this filter may say who the caller is. What the client claims is dropped on every way out,
        // the public paths included.
        self.remove_http_request_header("x-user");
        self.remove_http_request_header("x-role");

        match self.policy.decide(&method, &target, authorization.as_deref()) {
            Decision::Public => {
                debug!("public path, no token needed");
                Action::Continue
            }
            Decision::Allowed(identity) => {
                self.add_http_request_header("x-user", &identity.user);
                self.add_http_request_header("x-role", &identity.role);
                self.remove_http_request_header("authorization"); // the upstream has no use for the secret
                debug!("allowed: user {}, role {}", identity.user, identity.role);
                Action::Continue
            }
            Decision::NoToken => {
                info!("401: no authorization header");
                let challenge = format!("Bearer realm=\"{}\"", self.policy.realm);
                self.refuse(401, "UNAUTHENTICATED", "请先登录：缺少访问令牌", Some(&challenge))
            }
            Decision::BadToken => {
                warn!("401: unknown token or not a bearer token");
                let challenge = format!("Bearer realm=\"{}\", error=\"invalid_token\"", self.policy.realm);
                self.refuse(401, "INVALID_TOKEN", "访问令牌无效或已过期", Some(&challenge))
            }
            Decision::Forbidden(identity) => {
                warn!("403: user {}, role {} may not {method} this path", identity.user, identity.role);
                self.refuse(403, "FORBIDDEN", "当前角色无权执行此操作", None)
            }
        }
    }
}

impl Filter {
    /// Reads bytes, since the String variants of the SDK panic on a header that is not UTF-8: anybody could crash
    /// the filter with one byte. What is not UTF-8 fits no token and no rule, so replacing those bytes is safe here.
    fn request_header(&self, name: &str) -> Option<String> {
        self.get_http_request_header_bytes(name).map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    /// Answers in the upstream's place. Pause, because there is nothing left to continue with.
    fn refuse(&self, status: u32, code: &str, message: &str, challenge: Option<&str>) -> Action {
        let body = format!("{{\"code\":\"{code}\",\"message\":\"{message}\"}}");
        let mut headers = vec![("content-type", "application/json; charset=utf-8")];
        headers.extend(challenge.map(|value| ("www-authenticate", value)));
        self.send_http_response(status, headers, Some(body.as_bytes()));
        Action::Pause
    }
}
