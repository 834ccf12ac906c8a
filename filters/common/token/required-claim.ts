import { Bytes, BytesBuilder, JsonToken, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { nextItem, readerOf } from "../json-member";
import { ClaimPath } from "./claim-path";

/** One of `required_claims`: values that a claim must have; it is a text of values with a delimiter between them, or a list. */
export class RequiredClaim {
  private path: ClaimPath = new ClaimPath();
  /** Absent = a text is one value. */
  private delimiter: OwnedBytes = OwnedBytes.absent();
  private allOf: OwnedBytes[] = [];
  private anyOf: OwnedBytes[] = [];

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): RequiredClaim {
    const claim = new RequiredClaim();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("claim_path"))) claim.path = ClaimPath.read(reader);
      else if (reader.at(utf8("delimiter"))) claim.delimiter = reader.readText();
      else if (reader.at(utf8("all_of"))) readTexts(reader, claim.allOf);
      else if (reader.at(utf8("any_of"))) readTexts(reader, claim.anyOf);
      else reader.unknownField();
    }
    if (claim.path.isEmpty) reader.missing(utf8("claim_path"));
    if (claim.allOf.length + claim.anyOf.length == 0) reader.missing(utf8("all_of or any_of"));
    return claim;
  }

  /** Whether the claims, as JSON, have what is required. */
  holds(claims: Bytes): bool {
    const values = this.valuesOf(this.path.valueIn(claims));
    for (let i = 0; i < this.allOf.length; i++) if (!contains(values, this.allOf[i].view)) return false;
    for (let i = 0; i < this.anyOf.length; i++) if (contains(values, this.anyOf[i].view)) return true;
    return this.anyOf.length == 0;
  }

  /** What a client has to ask for (RFC 6750 3), when the claim is one of scopes; absent when it is another one. */
  get scope(): Bytes {
    const name = this.path.first;
    if (!name.equals(utf8("scope")) && !name.equals(utf8("scp"))) return Bytes.absent;
    const names = this.allOf.length > 0 ? this.allOf : this.anyOf;
    const scope = BytesBuilder.create();
    for (let i = 0; i < names.length; i++) (i > 0 ? scope.addByte(0x20) : scope).add(names[i].view);
    return scope.toBytes();
  }

  private valuesOf(json: Bytes): Bytes[] {
    const values: Bytes[] = [];
    const reader = readerOf(json);
    if (reader.next() == JsonToken.String) {
      this.split(reader.text, values);
      return values;
    }
    if (reader.token != JsonToken.BeginArray) {
      if (reader.token != JsonToken.BeginObject && !json.isAbsent) values.push(json);
      return values;
    }
    for (let item = nextItem(reader); !item.isAbsent; item = nextItem(reader)) {
      values.push(reader.token == JsonToken.String ? reader.text : item);
    }
    return values;
  }

  private split(text: Bytes, values: Bytes[]): void {
    const delimiter = this.delimiter.view;
    if (delimiter.length == 0) {
      values.push(text);
      return;
    }
    for (let at = 0; at <= text.length; ) {
      const found = text.indexOf(delimiter, at);
      const end = found < 0 ? text.length : found;
      values.push(text.slice(at, end));
      at = end + delimiter.length;
    }
  }
}

function readTexts(reader: ConfigReader, texts: OwnedBytes[]): void {
  for (reader.enterArray(); reader.nextItem(); ) texts.push(reader.readText());
}

function contains(values: Bytes[], value: Bytes): bool {
  for (let i = 0; i < values.length; i++) if (values[i].equals(value)) return true;
  return false;
}
