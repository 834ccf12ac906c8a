/** Tokens of callouts: the low two bits tell the kind, the rest counts from 1 (proxy-wasm-cpp-host, wasm.h). */
export const TokenKind = { HttpCall: 0, GrpcCall: 1, GrpcStream: 2 } as const

const KIND_MASK = 3
const MAX_COUNT = 0x3fffffff

export class TokenCounter {
  readonly #kind: number
  #last = 0

  constructor(kind: (typeof TokenKind)[keyof typeof TokenKind]) {
    this.#kind = kind
  }

  /** After the last one comes the first again. */
  next(): number {
    this.#last = this.#last >= MAX_COUNT ? 1 : this.#last + 1
    return this.#last * 4 + this.#kind
  }
}

export function tokenKindOf(token: number): number {
  return token & KIND_MASK
}
