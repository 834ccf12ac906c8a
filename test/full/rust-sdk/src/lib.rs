//! A filter on a foreign SDK that uses every service a host offers to it. What it does is in cases.yaml.
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext, StreamContext};
use proxy_wasm::types::{Action, ContextType, LogLevel, MetricType, PeerType, Status};
use std::time::Duration;

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Plugin::default()));
}}

fn warn(message: &str) {
    hostcalls::log(LogLevel::Warn, message).unwrap();
}

#[derive(Default)]
struct Plugin {
    greeting: String,
    requests: u32,
    sizes: u32,
    queue: u32,
    ticks: u32,
}

impl Context for Plugin {}

impl RootContext for Plugin {
    fn on_configure(&mut self, _size: usize) -> bool {
        let configuration = self.get_plugin_configuration().unwrap_or_default();
        self.greeting = String::from_utf8(configuration).unwrap();
        if self.greeting == "refuse" {
            hostcalls::log(LogLevel::Critical, "told to refuse").unwrap();
            return false;
        }
        self.requests = hostcalls::define_metric(MetricType::Counter, "rust.requests").unwrap();
        self.sizes = hostcalls::define_metric(MetricType::Gauge, "rust.last_size").unwrap();
        self.queue = self.register_shared_queue("jobs");
        if self.greeting == "ticks" {
            self.set_tick_period(Duration::from_millis(100));
        }
        true
    }

    fn on_queue_ready(&mut self, queue: u32) {
        if let Ok(Some(job)) = self.dequeue_shared_queue(queue) {
            warn(&format!("job {}", String::from_utf8_lossy(&job)));
        }
    }

    fn on_tick(&mut self) {
        self.ticks += 1;
        if self.ticks == 2 {
            warn("second tick");
            self.set_tick_period(Duration::from_millis(0));
        }
    }

    fn get_type(&self) -> Option<ContextType> {
        let connections = self.greeting == "connections";
        Some(if connections { ContextType::StreamContext } else { ContextType::HttpContext })
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream {
            greeting: self.greeting.clone(),
            requests: self.requests,
            sizes: self.sizes,
            queue: self.queue,
            shouts: false,
        }))
    }

    fn create_stream_context(&self, _id: u32) -> Option<Box<dyn StreamContext>> {
        Some(Box::new(Connection { requests: self.requests, trace: Vec::new() }))
    }
}

struct Connection {
    requests: u32,
    trace: Vec<String>,
}

impl Connection {
    fn note(&mut self, text: &str) {
        self.trace.push(text.to_string());
    }
}

impl Context for Connection {}

impl StreamContext for Connection {
    fn on_new_connection(&mut self) -> Action {
        hostcalls::increment_metric(self.requests, 1).unwrap();
        self.note("new");
        Action::Continue
    }

    fn on_downstream_data(&mut self, size: usize, _end: bool) -> Action {
        self.note("down");
        let data = self.get_downstream_data(0, size).unwrap_or_default();
        match data.as_slice() {
            b"wait" => return Action::Pause,
            b"bye" => self.close_downstream(),
            _ => self.set_downstream_data(0, size, &data.to_ascii_uppercase()),
        }
        Action::Continue
    }

    fn on_upstream_data(&mut self, size: usize, _end: bool) -> Action {
        self.note("up");
        if size > 0 {
            self.set_upstream_data(0, 0, b"rust:");
        }
        Action::Continue
    }

    fn on_upstream_close(&mut self, _peer: PeerType) {
        self.note("upstream-close");
    }

    fn on_downstream_close(&mut self, peer: PeerType) {
        self.note(&format!("close{}", peer as u32));
    }

    fn on_log(&mut self) {
        warn(&format!("{} log", self.trace.join(" ")));
    }
}

struct Stream {
    greeting: String,
    requests: u32,
    sizes: u32,
    queue: u32,
    shouts: bool,
}

impl Stream {
    fn verify(&self) -> Action {
        let headers = vec![(":method", "GET"), (":path", "/who"), (":authority", "auth.test")];
        match self.dispatch_http_call("auth", headers, None, vec![], Duration::from_secs(1)) {
            Ok(_) => Action::Pause,
            Err(status) => {
                warn(&format!("dispatch: {:?}", status));
                Action::Continue
            }
        }
    }

    /// Counts in shared data; a write with a wrong CAS value must not get through.
    fn count(&self) {
        let (value, cas) = self.get_shared_data("count");
        let next = value.map_or(1, |bytes| bytes[0] + 1);
        self.set_shared_data("count", Some(&[next]), cas).unwrap();
        let (_, now) = self.get_shared_data("count");
        let stale = self.set_shared_data("count", Some(&[99]), now.map(|value| value + 1));
        self.add_http_request_header("x-count", &next.to_string());
        self.add_http_request_header("x-stale", if stale == Err(Status::CasMismatch) { "refused" } else { "taken" });
    }
}

impl Context for Stream {
    fn on_http_call_response(&mut self, _token: u32, _headers: usize, size: usize, _trailers: usize) {
        if self.get_http_call_response_header(":status").as_deref() != Some("200") {
            self.send_http_response(401, vec![], None);
            return;
        }
        let user = self.get_http_call_response_body(0, size).unwrap_or_default();
        self.set_http_request_header_bytes("x-user", Some(&user));
        self.resume_http_request();
    }
}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        hostcalls::increment_metric(self.requests, 1).unwrap();
        self.add_http_request_header("x-greeting", &self.greeting);
        if let Some(method) = self.get_property(vec!["request", "method"]) {
            self.add_http_request_header_bytes("x-method", &method);
        }
        match self.get_http_request_header(":path").as_deref() {
            Some("/deny") => {
                self.send_http_response(403, vec![("x-by", "rust")], Some(b"denied"));
                return Action::Pause;
            }
            Some("/verify") => return self.verify(),
            Some("/count") => self.count(),
            Some("/job") => self.enqueue_shared_queue(self.queue, Some(b"of /job")).unwrap(),
            Some("/shout") => {
                self.shouts = true;
                self.set_http_request_header("content-length", None);
            }
            Some("/panic") => panic!("told to"),
            _ => {}
        }
        Action::Continue
    }

    fn on_http_request_body(&mut self, size: usize, end: bool) -> Action {
        if !self.shouts {
            return Action::Continue;
        }
        if !end {
            return Action::Pause;
        }
        if let Some(body) = self.get_http_request_body(0, size) {
            self.set_http_request_body(0, size, &body.to_ascii_uppercase());
            hostcalls::record_metric(self.sizes, size as u64).unwrap();
        }
        Action::Continue
    }

    fn on_http_request_trailers(&mut self, _count: usize) -> Action {
        let sum = self.get_http_request_trailer("x-sum").unwrap_or_default();
        self.add_http_request_trailer("x-sum-seen", &sum);
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end: bool) -> Action {
        self.add_http_response_header("x-seen", "rust");
        Action::Continue
    }

    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        self.set_http_response_trailer("x-sum", None);
        self.add_http_response_trailer("x-end", "rust");
        Action::Continue
    }
}
