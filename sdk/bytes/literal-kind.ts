import { Bytes } from "./bytes";

/**
 * What the transform found the text of a literal to be, as a header: the distance in its cell
 * says so. The rules are those of hostcalls/header-rules.ts.
 */
export namespace LiteralKind {
  /** No literal, or one with a control byte. */
  export const Other: usize = 8;
  /** May be the value of a header. */
  export const Value: usize = 9;
  /** May be the name of a header, and its value. */
  export const Name: usize = 10;
}

/** The kind of a view. In front of the arena there are no cells but those of literals. */
// @ts-ignore: decorator
@inline
export function literalKind(bytes: Bytes): usize {
  const cell = changetype<usize>(bytes);
  return cell < __heap_base ? load<usize>(cell) : LiteralKind.Other;
}
