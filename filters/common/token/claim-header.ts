import { Bytes, BytesBuilder, JsonToken, OwnedBytes, encodeBase64, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { nextItem, readerOf } from "../json-member";
import { ClaimPath } from "./claim-path";

const COMMA: u8 = 0x2c;

/** How a list gets into a header. */
enum ListForm {
  /** Its JSON in base64, as Envoy has it; objects always get so. */
  Base64,
  Json,
  /** Its items with commas between them, without those that are two, or another one, to who reads them. */
  Join,
  /** A value for each item. */
  Repeat,
}

/** One of `claim_to_headers`. */
export class ClaimHeader {
  name: OwnedBytes = OwnedBytes.absent();
  private path: ClaimPath = new ClaimPath();
  private form: ListForm = ListForm.Base64;

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): ClaimHeader {
    const header = new ClaimHeader();
    let paths = 0;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("header_name"))) header.name = reader.readHeaderName();
      else if (reader.at(utf8("array"))) header.form = reader.readChoice(utf8("base64, json, join or repeat"));
      else if (reader.at(utf8("claim_name"))) {
        header.path = ClaimPath.readDotted(reader);
        paths++;
      } else if (reader.at(utf8("claim_path"))) {
        header.path = ClaimPath.read(reader);
        paths++;
      } else reader.unknownField();
    }
    if (header.name.view.isAbsent) reader.missing(utf8("header_name"));
    if (paths != 1) reader.invalid(utf8("exactly one of claim_name, claim_path"));
    return header;
  }

  /** Appends the values of the header; there are none without the claim. */
  valuesOf(claims: Bytes, values: OwnedBytes[]): void {
    const json = this.path.valueIn(claims);
    if (json.isAbsent) return;
    const isList = json[0] == 0x5b;
    if (!isList && json[0] != 0x7b) addText(values, scalarOf(json));
    else if (!isList || this.form == ListForm.Base64) addText(values, encodeBase64(json));
    else if (this.form == ListForm.Json) addText(values, json);
    else this.addItems(json, values);
  }

  private addItems(json: Bytes, values: OwnedBytes[]): void {
    const reader = readerOf(json);
    const line = BytesBuilder.create();
    reader.next();
    for (let item = nextItem(reader); !item.isAbsent; item = nextItem(reader)) {
      const text = reader.token == JsonToken.String ? reader.text : item;
      if (this.form == ListForm.Repeat) addText(values, text);
      else if (isReadAsIs(text) && text.indexOfByte(COMMA) < 0) (line.length > 0 ? line.addByte(COMMA) : line).add(text);
    }
    if (this.form == ListForm.Join) addText(values, line.toBytes());
  }
}

/** A text itself, a number as it is written, true or false; nothing for null. */
function scalarOf(json: Bytes): Bytes {
  const reader = readerOf(json);
  if (reader.next() == JsonToken.String) return reader.text;
  return reader.token == JsonToken.Null ? Bytes.empty : json;
}

function addText(values: OwnedBytes[], text: Bytes): void {
  if (text.length > 0 && isReadAsIs(text)) values.push(text.toOwned());
}

/** Blanks around a value are none of it (RFC 9110 5.5): who calls themselves ` alice` would be taken for `alice`. */
function isReadAsIs(text: Bytes): bool {
  return text.trim().length == text.length;
}
