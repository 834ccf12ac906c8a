/** How a cluster of a test host behaves: answers by script, refuses connections, or has no endpoint. */
export type ClusterKind = 'upstream' | 'refused' | 'empty'
