import { arenaAllocate } from "../abi/arena";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";
import { ForeignResult, callForeignFunction } from "./foreign";

const TOKEN_BYTES: u32 = 4;

/**
 * A CEL expression that the proxy evaluates against the attributes of the effective context.
 * Create it once, in `onConfigure`, and delete it in `onDelete` of the root.
 */
// @ts-ignore: decorator
@final
export class Expression {
  private constructor(private readonly token: u32) {}

  /** Parses a text; null when it is no expression or the proxy has none. */
  static parse(text: Bytes): Expression | null {
    const result = callForeignFunction(utf8("expr_create"), text);
    if (!result.isOk || result.value.length != <i32>TOKEN_BYTES) return null;
    return new Expression(load<u32>(result.value.address));
  }

  /**
   * The value in the encoding of properties: 1 byte for a bool, 8 for numbers, times and
   * durations, else the bytes; `InternalFailure` when an attribute is missing.
   */
  evaluate(): ForeignResult {
    return callForeignFunction(utf8("expr_evaluate"), this.argument());
  }

  /** Whether the expression gives true for the effective context. */
  isTrue(): bool {
    const value = this.evaluate().value;
    return value.length == 1 && value[0] != 0;
  }

  /** Frees it in the proxy. */
  delete(): void {
    callForeignFunction(utf8("expr_delete"), this.argument());
  }

  private argument(): Bytes {
    const bytes = arenaAllocate(TOKEN_BYTES);
    store<u32>(bytes, this.token);
    return Bytes.of(bytes, TOKEN_BYTES);
  }
}
