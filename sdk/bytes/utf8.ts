import { Bytes } from "./bytes";

/**
 * View of a literal: `utf8("x-name")` is UTF-8 in the data section, no work at run time.
 *
 * The transform `@sluice/sdk/transform` replaces the literal by the address of its cell;
 * anything but a string literal is a compile error.
 */
// @ts-ignore: decorator
@inline
export function utf8<T>(literal: T): Bytes {
  if (isString<T>()) ERROR("utf8() needs asc --transform @sluice/sdk/transform");
  return changetype<Bytes>(literal);
}
