//! Adds, replaces and removes request and response headers, as the plugin configuration says.
//! The smallest useful shape of a Proxy-Wasm filter: a root context which reads the configuration once,
//! and one short-lived context per request.

mod config;

use std::rc::Rc;

use config::{Changes, Config};
use log::{debug, error, info};
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

proxy_wasm::main! {{
    // Let everything through here: which lines are shown is the proxy's decision.
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_root_context(|_| Box::new(Root::default()));
}}

#[derive(Default)]
struct Root {
    config: Rc<Config>, // shared with the requests; a VM has one thread, so Rc is enough
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        match Config::parse(&self.get_plugin_configuration().unwrap_or_default()) {
            Ok(config) => {
                if config.is_empty() {
                    info!("no configuration: every request passes unchanged");
                } else {
                    info!("{} request and {} response header changes", config.request.len(), config.response.len());
                }
                self.config = Rc::new(config);
                true
            }
            Err(reason) => {
                // false makes the proxy refuse this configuration: better than running with half of it.
                error!("configuration refused: {reason}");
                false
            }
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Filter { config: self.config.clone() }))
    }
}

struct Filter {
    config: Rc<Config>,
}

impl Context for Filter {}

impl HttpContext for Filter {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let Changes { remove, set, add } = &self.config.request;
        for name in remove {
            self.remove_http_request_header(name); // removing what is not there is no error
        }
        for (name, value) in set {
            self.set_http_request_header(name, Some(value));
        }
        for (name, value) in add {
            self.add_http_request_header(name, value);
        }
        debug!("request: {} removed, {} set, {} added", remove.len(), set.len(), add.len());
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let Changes { remove, set, add } = &self.config.response;
        for name in remove {
            self.remove_http_response_header(name);
        }
        for (name, value) in set {
            self.set_http_response_header(name, Some(value));
        }
        for (name, value) in add {
            self.add_http_response_header(name, value);
        }
        debug!("response: {} removed, {} set, {} added", remove.len(), set.len(), add.len());
        Action::Continue
    }
}
