/** Methods that an HTTP/1 request may have unless custom methods are allowed; the list of Envoy's parser. */
const METHODS: ReadonlyMap<string, string> = new Map(
  (
    'GET HEAD POST PUT DELETE PATCH OPTIONS TRACE CONNECT COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK BIND REBIND ' +
    'UNBIND ACL REPORT MKACTIVITY CHECKOUT MERGE NOTIFY SUBSCRIBE UNSUBSCRIBE PURGE MKCALENDAR LINK UNLINK SOURCE QUERY'
  )
    .split(' ')
    .map((method) => [method, method]),
)

/** The shared string of a known method, or null. */
export function knownMethod(text: string): string | null {
  return text === 'GET' ? 'GET' : (METHODS.get(text) ?? null)
}
