/** How a cluster of a test host behaves: answers by script (over HTTP/1.1 or HTTP/2), refuses connections, or has no endpoint. */
export type ClusterKind = 'upstream' | 'http2' | 'refused' | 'empty'
