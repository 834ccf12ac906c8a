import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { PathTemplate } from "../common/path-template";

const STAR: u8 = 0x2a;

/** By what part of it a text is looked for. */
export enum Anchor {
  Any,
  Exact,
  Prefix,
  Suffix,
}

/** How a value of a list is compared. */
enum Kind {
  Exact,
  Prefix,
  Suffix,
  /** `*`: there is a text at all. */
  Present,
  Template,
}

/** One value of a list: `text`, `text*`, `*text`, `*`, or a path with `{*}` or `{**}`. */
export class ValuePattern {
  private kind: Kind = Kind.Exact;
  private text: OwnedBytes = OwnedBytes.absent();
  private template: PathTemplate | null = null;

  /** Null when the value is none: a star stands at one end only. */
  static parse(value: Bytes): ValuePattern | null {
    const pattern = new ValuePattern();
    const last = value.length - 1;
    let text = value;
    if (last == 0 && value[0] == STAR) pattern.kind = Kind.Present;
    else if (value[0] == STAR) pattern.kind = Kind.Suffix;
    else if (value[last] == STAR) pattern.kind = Kind.Prefix;
    if (pattern.kind == Kind.Prefix) text = value.slice(0, last);
    else if (pattern.kind != Kind.Exact) text = value.slice(1);
    if (last < 0 || text.indexOfByte(STAR) >= 0) return null;
    pattern.text = text.toOwned();
    return pattern;
  }

  /** The pattern of a path: as the others, or a template. Null as {@link parse}. */
  static parsePath(value: Bytes): ValuePattern | null {
    if (value.indexOf(utf8("{*")) < 0) return ValuePattern.parse(value);
    const pattern = new ValuePattern();
    pattern.kind = Kind.Template;
    pattern.template = PathTemplate.parse(value, false);
    return pattern.template === null ? null : pattern;
  }

  /** Whether it wants nothing of the text. */
  get isAny(): bool {
    return this.kind == Kind.Present;
  }

  /** What of a text that matches is known. */
  get anchor(): Anchor {
    const template = this.template;
    if (template !== null) return template.head.length >= template.end.length ? Anchor.Prefix : Anchor.Suffix;
    if (this.isAny) return Anchor.Any;
    if (this.kind == Kind.Exact) return Anchor.Exact;
    return this.kind == Kind.Prefix ? Anchor.Prefix : Anchor.Suffix;
  }

  /** The whole text, its beginning or its end. */
  get anchorText(): Bytes {
    const template = this.template;
    if (template === null) return this.text.view;
    return this.anchor == Anchor.Prefix ? template.head : template.end;
  }

  matches(text: Bytes): bool {
    const wanted = this.text.view;
    switch (this.kind) {
      case Kind.Exact: return text.equals(wanted);
      case Kind.Prefix: return text.startsWith(wanted);
      case Kind.Suffix: return text.endsWith(wanted);
      case Kind.Template: return this.template!.matches(text);
      default: return true;
    }
  }
}

/** The values of a list, of which one has to match. */
export class ValueSet {
  private readonly patterns: ValuePattern[] = [];

  get size(): i32 {
    return this.patterns.length;
  }

  at(position: i32): ValuePattern {
    return this.patterns[position];
  }

  /** False when there is no pattern. */
  add(pattern: ValuePattern | null): bool {
    if (pattern !== null) this.patterns.push(pattern);
    return pattern !== null;
  }

  /** Whether one of them matches; an absent text matches none. */
  matches(text: Bytes): bool {
    if (text.isAbsent) return false;
    for (let i = 0; i < this.patterns.length; i++) if (this.patterns[i].matches(text)) return true;
    return false;
  }
}
