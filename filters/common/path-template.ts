import { Bytes, BytesBuilder, OwnedBytes, utf8 } from "@sluice/sdk";

const SLASH: u8 = 0x2f;
const STAR: u8 = 0x2a;
const OPEN: u8 = 0x7b;
const CLOSE: u8 = 0x7d;
const EQUALS: u8 = 0x3d;

/**
 * A path whose segments may be `{*}`, one segment that is not empty, and `{**}`, any number of them: `/users/{*}/orders/{**}`.
 * Behind `{**}` only plain segments may stand.
 */
export class PathTemplate {
  private ignoresCase: bool = false;

  private constructor(private text: OwnedBytes) {}

  /**
   * Null when the text is none. With `isNamed` operators may be written as in Envoy's `path_template` too: `*` and `{name}`, `**` and
   * `{name=**}`.
   */
  static parse(text: Bytes, isNamed: bool): PathTemplate | null {
    const plain = BytesBuilder.create();
    let isAtEnd = false;
    if (text[0] != SLASH) return null;
    for (let start = 1; start <= text.length; ) {
      const slash = text.indexOfByte(SLASH, start);
      const end = slash < 0 ? text.length : slash;
      const segment = isNamed ? withoutName(text.slice(start, end)) : text.slice(start, end);
      const isMany = segment.equals(utf8("{**}"));
      const isOperator = isMany || segment.equals(utf8("{*}"));
      if (isOperator ? isAtEnd : !isPlain(segment)) return null;
      isAtEnd = isAtEnd || isMany;
      plain.addByte(SLASH).add(segment);
      start = end + 1;
    }
    return new PathTemplate(plain.toBytes().toOwned());
  }

  /** What every path of it begins with. */
  get head(): Bytes {
    const open = this.text.view.indexOfByte(OPEN);
    return open < 0 ? this.text.view : this.text.view.slice(0, open);
  }

  /** What every path of it ends with. */
  get end(): Bytes {
    return this.text.view.slice(this.text.view.lastIndexOfByte(CLOSE) + 1);
  }

  /** ASCII letters compare without case from now on. */
  fold(): void {
    this.ignoresCase = true;
    this.text = this.text.view.toLowerCase().toOwned();
  }

  matches(path: Bytes): bool {
    const text = this.text.view;
    const seen = this.ignoresCase ? path.toLowerCase() : path;
    let at = 0;
    for (let i = 0; i < text.length; i++) {
      if (text[i] != OPEN) {
        if (at == seen.length || text[i] != seen[at++]) return false;
        continue;
      }
      if (text[i + 2] == STAR) return seen.slice(at).endsWith(text.slice(i + 4));
      const start = at;
      while (at < seen.length && seen[at] != SLASH) at++;
      if (at == start) return false;
      i += 2;
    }
    return at == seen.length;
  }
}

/** An operator that has a name or stands alone as `{*}` or `{**}`; other segments as they are. */
function withoutName(segment: Bytes): Bytes {
  let operator = segment;
  if (segment.length > 2 && segment[0] == OPEN && segment[segment.length - 1] == CLOSE) {
    const inside = segment.slice(1, segment.length - 1);
    operator = inside.slice(inside.indexOfByte(EQUALS) + 1);
    if (operator[0] != STAR) return utf8("{*}");
  }
  if (operator.equals(utf8("*"))) return utf8("{*}");
  return operator.equals(utf8("**")) ? utf8("{**}") : segment;
}

function isPlain(text: Bytes): bool {
  return text.indexOfByte(STAR) < 0 && text.indexOfByte(OPEN) < 0 && text.indexOfByte(CLOSE) < 0;
}
