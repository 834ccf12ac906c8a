import { Bytes, BytesBuilder, HeaderMap } from "@sluice/sdk";
import { mayBeSent } from "../common/sendable";
import { HeaderPairs } from "./header-pairs";

/** What becomes of a header; the first four are Envoy's `HeaderAppendAction`. */
export enum Change {
  Append,
  AddIfAbsent,
  Set,
  SetIfPresent,
  AppendIfPresent,
  Remove,
}

/** Changes of a message's headers that a service asks for, in their order; none that could break the message. */
export class HeaderChanges {
  private readonly kinds: Change[] = [];
  readonly pairs: HeaderPairs = new HeaderPairs();

  /** Notes one. False when it may not be: of a pseudo header, Host, or framing, or with bytes that may not be sent. */
  add(kind: Change, name: Bytes, value: Bytes): bool {
    if (!mayBeSent(name, value)) return false;
    this.kinds.push(kind);
    this.pairs.add(name.toLowerCase(), value);
    return true;
  }

  get isEmpty(): bool {
    return this.kinds.length == 0;
  }

  apply(headers: HeaderMap): void {
    for (let i = 0; i < this.kinds.length; i++) {
      const name = this.pairs.names[i].view;
      const kind = this.kinds[i];
      if ((kind == Change.AddIfAbsent && headers.has(name)) || (kind >= Change.SetIfPresent && !headers.has(name))) continue;
      if (kind == Change.Remove) headers.remove(name);
      else if (kind == Change.AppendIfPresent) appendTo(headers, name, this.pairs.values[i].view);
      else if (kind == Change.Set || kind == Change.SetIfPresent) headers.set(name, this.pairs.values[i].view);
      else headers.add(name, this.pairs.values[i].view);
    }
  }
}

/** Puts a value behind a comma of the first line of a header, as Envoy does; further lines stay. */
function appendTo(headers: HeaderMap, name: Bytes, value: Bytes): void {
  const lines: Bytes[] = [];
  for (let i = 0; i < headers.count(name); i++) lines.push(headers.value(name, i));
  const line = BytesBuilder.create().add(lines[0]);
  if (line.length > 0) line.addByte(0x2c);
  headers.set(name, line.add(value).toBytes());
  for (let i = 1; i < lines.length; i++) headers.add(name, lines[i]);
}
