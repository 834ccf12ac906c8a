import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";

const SLASH: u8 = 0x2f;

/**
 * A path whose segments may be `{*}`, one segment that is not empty, and `{**}`, any number of them: `/users/{*}/orders/{**}`.
 * Behind `{**}` only plain segments may stand.
 */
export class PathTemplate {
  /** What stands in front of, between and behind the places of one segment. */
  private readonly literals: OwnedBytes[] = [];
  /** What stands behind `{**}`; absent without one. */
  private tail: OwnedBytes = OwnedBytes.absent();

  /** Null when the text is none. */
  static parse(text: Bytes): PathTemplate | null {
    const template = new PathTemplate();
    const many = text.indexOf(utf8("{**}"));
    let head = text;
    if (many >= 0) {
      head = text.slice(0, many);
      const tail = text.slice(many + 4);
      if (!isWhole(text, many, many + 4) || !isPlain(tail)) return null;
      template.tail = tail.toOwned();
    }
    return template.addHead(head) ? template : null;
  }

  /** What every path of it begins with. */
  get head(): Bytes {
    return this.literals[0].view;
  }

  /** What every path of it ends with. */
  get end(): Bytes {
    return this.tail.view.isAbsent ? this.literals[this.literals.length - 1].view : this.tail.view;
  }

  matches(path: Bytes): bool {
    let at = 0;
    for (let i = 0; i < this.literals.length; i++) {
      if (i > 0) at = segmentEnd(path, at);
      const literal = this.literals[i].view;
      if (at < 0 || !path.slice(at).startsWith(literal)) return false;
      at += literal.length;
    }
    if (this.tail.view.isAbsent) return at == path.length;
    return path.slice(at).endsWith(this.tail.view);
  }

  private addHead(head: Bytes): bool {
    let start = 0;
    for (let star = head.indexOf(utf8("{*}")); star >= 0; star = head.indexOf(utf8("{*}"), start)) {
      if (!isWhole(head, star, star + 3) || !this.addLiteral(head.slice(start, star))) return false;
      start = star + 3;
    }
    return this.addLiteral(head.slice(start));
  }

  private addLiteral(literal: Bytes): bool {
    this.literals.push(literal.toOwned());
    return isPlain(literal);
  }
}

/** End of a segment that is not empty; -1 without one. */
function segmentEnd(path: Bytes, start: i32): i32 {
  if (start < 0) return -1;
  const slash = path.indexOfByte(SLASH, start);
  const end = slash < 0 ? path.length : slash;
  return end == start ? -1 : end;
}

/** Whether what stands there is a whole segment. */
function isWhole(text: Bytes, start: i32, end: i32): bool {
  return start > 0 && text[start - 1] == SLASH && (end == text.length || text[end] == SLASH);
}

function isPlain(text: Bytes): bool {
  for (let i = 0; i < text.length; i++) if (text[i] == 0x2a || text[i] == 0x7b || text[i] == 0x7d) return false;
  return true;
}
