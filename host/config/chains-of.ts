import type { FilterChainConfig, ListenerConfig } from './types.ts'

/** All filter chains of a listener, with the one for connections that match no other. */
export function chainsOf({ chains, defaultChain }: ListenerConfig): readonly FilterChainConfig[] {
  return defaultChain === null ? chains : [...chains, defaultChain]
}
