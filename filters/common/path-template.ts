import { Bytes, BytesBuilder, utf8 } from "@sluice/sdk";

const SLASH: u8 = 0x2f;
const STAR: u8 = 0x2a;
const OPEN: u8 = 0x7b;
const CLOSE: u8 = 0x7d;
const EQUALS: u8 = 0x3d;

/**
 * Envoy's `path_template` as a regular expression: `/users/{*}/orders/{**}`. `{*}`, `{name}` and `*` are one segment that is not
 * empty; `{**}`, `{name=**}` and `**` are all that follows, and stand at the end. Absent when the text is no template.
 */
export function expressionOf(template: Bytes): Bytes {
  const expression = BytesBuilder.create();
  if (template[0] != SLASH) return Bytes.absent;
  for (let start = 1; start <= template.length; ) {
    const slash = template.indexOfByte(SLASH, start);
    const end = slash < 0 ? template.length : slash;
    const segment = operatorOf(template.slice(start, end));
    const isRest = segment.equals(utf8("**"));
    if (isRest && slash >= 0) return Bytes.absent;
    expression.addByte(SLASH);
    if (isRest) expression.add(utf8(".*"));
    else if (segment.equals(utf8("*"))) expression.add(utf8("[^/]+"));
    else if (!addLiteral(expression, segment)) return Bytes.absent;
    start = end + 1;
  }
  return expression.toBytes();
}

/** What is in braces: the operator behind the name, or that of a name alone; other segments as they are. */
function operatorOf(segment: Bytes): Bytes {
  if (segment[0] != OPEN || segment[segment.length - 1] != CLOSE) return segment;
  const inside = segment.slice(1, segment.length - 1);
  const operator = inside.slice(inside.indexOfByte(EQUALS) + 1);
  if (inside.length == 0) return segment;
  return operator[0] == STAR ? operator : utf8("*");
}

/** False for what is no literal. */
function addLiteral(expression: BytesBuilder, segment: Bytes): bool {
  expression.add(utf8("\\Q"));
  for (let i = 0; i < segment.length; i++) {
    const byte = segment[i];
    if (byte == STAR || byte == OPEN || byte == CLOSE || byte == 0x5c) return false;
    expression.addByte(byte);
  }
  expression.add(utf8("\\E"));
  return true;
}
