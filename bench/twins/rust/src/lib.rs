//! The filter of `bench/guests/header.ts` on the Rust SDK: five reads, four comparisons, two added headers.
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};

const EXPECTED: [(&str, &str); 4] = [
    (":method", "GET"),
    (":path", "/api/items?id=42"),
    ("authorization", "Bearer 0123456789abcdef0123456789abcdef"),
    ("accept", "application/json"),
];

struct HeaderRoot;
struct Header;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(HeaderRoot));
}}

impl Context for HeaderRoot {}

impl RootContext for HeaderRoot {
    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Header))
    }
}

impl Context for Header {}

impl HttpContext for Header {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let hits = EXPECTED
            .iter()
            .filter(|(name, value)| self.get_http_request_header(name).as_deref() == Some(*value))
            .count();
        let known = self.get_http_request_header("user-agent").is_some();
        let score = if known && hits == EXPECTED.len() { "high" } else { "low" };
        self.add_http_request_header("x-filter-score", score);
        self.add_http_request_header("x-filter-name", "anchor");
        Action::Continue
    }
}
