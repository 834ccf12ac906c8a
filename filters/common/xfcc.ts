import { Bytes } from "@sluice/sdk";

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;
const COMMA: u8 = 0x2c;
const SEMICOLON: u8 = 0x3b;
const EQUALS: u8 = 0x3d;

/**
 * Reads `x-forwarded-client-cert` pair by pair: elements of hops are divided by commas, the pairs of one by semicolons;
 * a quoted value may have both, and a quote after a backslash (Envoy, "HTTP header manipulation").
 */
export class XfccReader {
  key: Bytes = Bytes.empty;
  /** Without its quotes; what is escaped stays so. */
  value: Bytes = Bytes.empty;
  /** Which hop the pair belongs to, from 0; the last one is the nearest. */
  element: i32 = -1;
  isMalformed: bool = false;
  private position: i32 = 0;
  private startsElement: bool = true;

  constructor(private readonly text: Bytes) {}

  /** Goes to the next pair; false at the end and where the text is malformed. */
  nextPair(): bool {
    const text = this.text;
    if (this.isMalformed || (this.element >= 0 && this.position == text.length)) return false;
    const equals = text.indexOfByte(EQUALS, this.position);
    if (equals <= this.position) return this.fail();
    this.key = text.slice(this.position, equals);
    if (this.key.indexOfByte(COMMA) >= 0 || this.key.indexOfByte(SEMICOLON) >= 0) return this.fail();
    if (this.startsElement) this.element++;
    return this.readValue(equals + 1) && this.readSeparator();
  }

  private readValue(start: i32): bool {
    const text = this.text;
    if (start < text.length && text[start] == QUOTE) return this.readQuoted(start + 1);
    let end = start;
    while (end < text.length && text[end] != COMMA && text[end] != SEMICOLON) {
      if (text[end] == QUOTE) return this.fail();
      end++;
    }
    this.value = text.slice(start, end);
    this.position = end;
    return true;
  }

  private readQuoted(start: i32): bool {
    const text = this.text;
    for (let end = start; end < text.length; end++) {
      if (text[end] == BACKSLASH) end++;
      else if (text[end] == QUOTE) {
        this.value = text.slice(start, end);
        this.position = end + 1;
        return true;
      }
    }
    return this.fail();
  }

  /** A separator must be followed by a pair. */
  private readSeparator(): bool {
    const text = this.text;
    this.startsElement = false;
    if (this.position == text.length) return true;
    const separator = text[this.position++];
    if (separator != COMMA && separator != SEMICOLON) return this.fail();
    this.startsElement = separator == COMMA;
    if (this.position == text.length) return this.fail();
    return true;
  }

  private fail(): bool {
    this.isMalformed = true;
    return false;
  }
}
