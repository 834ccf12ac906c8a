import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { memberAt } from "../json-member";

const DOT: u8 = 0x2e;

/** The way to a claim through objects in objects. */
export class ClaimPath {
  private readonly names: OwnedBytes[] = [];

  /** Reads a list of names. */
  static read(reader: ConfigReader): ClaimPath {
    const path = new ClaimPath();
    for (reader.enterArray(); reader.nextItem(); ) path.names.push(reader.readText());
    if (path.isEmpty) reader.invalid(utf8("at least one name"));
    return path;
  }

  /** Reads names with dots between them. */
  static readDotted(reader: ConfigReader): ClaimPath {
    const path = new ClaimPath();
    const text = reader.readText().view;
    for (let at = 0; at <= text.length; ) {
      const dot = text.indexOfByte(DOT, at);
      const end = dot < 0 ? text.length : dot;
      if (end == at) reader.invalid(utf8("names with dots between them"));
      path.names.push(text.slice(at, end).toOwned());
      at = end + 1;
    }
    return path;
  }

  get isEmpty(): bool {
    return this.names.length == 0;
  }

  /** The name of the claim itself, or of the object that has it. */
  get first(): Bytes {
    return this.names[0].view;
  }

  /** The claim's value as JSON; absent when there is none. */
  valueIn(claims: Bytes): Bytes {
    return memberAt(claims, this.names);
  }
}
