import type { FilterStateKind } from '../http/filter-state.ts'

/** What a plugin has said of a property before it sets it. */
export interface PropertyDeclaration {
  readonly kind: FilterStateKind
  readonly isReadOnly: boolean
  /** It lives as long as the connection of the stream. */
  readonly isForConnection: boolean
}
