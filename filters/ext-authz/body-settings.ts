import { utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

const MOST_BYTES: u32 = 16777216;

/** `with_request_body`: how much of a request's body the service sees. */
export class BodySettings {
  maxBytes: u32 = 0;
  /** The beginning of a longer body is enough; otherwise it is refused. */
  allowsPartial: bool = false;
  /** Of gRPC: any bytes, not a text. */
  packsBytes: bool = false;
  /** The head waits for the verdict too; without it the body alone, for proxies that cannot keep the head while a body comes. */
  holdsHead: bool = true;

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): BodySettings {
    const settings = new BodySettings();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("max_request_bytes"))) settings.maxBytes = reader.readU32(1, MOST_BYTES);
      else if (reader.at(utf8("allow_partial_message"))) settings.allowsPartial = reader.readBool();
      else if (reader.at(utf8("pack_as_bytes"))) settings.packsBytes = reader.readBool();
      else if (reader.at(utf8("hold_head"))) settings.holdsHead = reader.readBool();
      else reader.unknownField();
    }
    if (settings.maxBytes == 0) reader.missing(utf8("max_request_bytes"));
    return settings;
  }
}
