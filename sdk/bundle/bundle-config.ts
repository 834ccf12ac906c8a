import { Bytes } from "../bytes/bytes";
import { BytesBuilder } from "../bytes/builder";
import { utf8 } from "../bytes/utf8";
import { JsonReader, JsonToken } from "../json/reader";
import { BundledFilter } from "./bundled-filter";
import { findFilter, offeredFilters } from "./registration";

/** Three levels more than a filter's own configuration may have. */
const MAX_DEPTH: i32 = 35;

/**
 * Configuration of a bundle: `[{"name": "fault", "configuration": …}, …]` in chain order, or
 * `{"filters": […]}` for those who can only carry an object (Istio's WasmPlugin). An object reaches its filter as its text, a string as what it says, null and none as empty; as
 * Envoy does with a Struct and a StringValue.
 */
export class BundleConfig {
  readonly filters: BundledFilter[] = [];
  readonly configurations: Bytes[] = [];
  /** What is wrong, or absent. */
  fault: Bytes = Bytes.absent;
  private readonly json: JsonReader;

  constructor(text: Bytes) {
    this.json = new JsonReader(text, MAX_DEPTH);
    if (this.json.next() == JsonToken.BeginObject) this.readObject();
    else this.readList();
    if (this.fault.isAbsent && this.json.next() != JsonToken.End) this.failJson();
  }

  private readObject(): void {
    const token = this.json.next();
    if (token == JsonToken.EndObject) return this.fail(wantedFilters());
    if (token != JsonToken.Name) return this.failJson();
    if (!this.json.text.equals(utf8("filters"))) return this.fail(wantedFilters(), this.json.text);
    this.json.next();
    this.readList();
    if (!this.fault.isAbsent || this.json.next() == JsonToken.EndObject) return;
    if (this.json.token == JsonToken.Name) this.fail(utf8("unknown field"), this.json.text);
    else this.failJson();
  }

  private readList(): void {
    if (this.json.token != JsonToken.BeginArray) return this.expected(utf8("a list of {name, configuration}"));
    while (this.fault.isAbsent && this.json.next() != JsonToken.EndArray) this.readEntry();
    if (this.fault.isAbsent && !this.filters.length) this.fail(utf8("the list is empty, wanted at least one filter"));
  }

  private readEntry(): void {
    if (this.json.token != JsonToken.BeginObject) return this.expected(utf8("an object"));
    let name = Bytes.absent;
    let configuration = Bytes.empty;
    while (this.json.next() == JsonToken.Name) {
      const field = this.json.text;
      if (field.equals(utf8("name"))) name = this.readName();
      else if (field.equals(utf8("configuration"))) configuration = this.readConfiguration();
      else this.fail(utf8("unknown field"), field);
      if (!this.fault.isAbsent) return;
    }
    if (this.json.token != JsonToken.EndObject) return this.failJson();
    this.add(name, configuration);
  }

  private readName(): Bytes {
    if (this.json.next() != JsonToken.String) this.expected(utf8("a string as name"));
    return this.json.text;
  }

  private readConfiguration(): Bytes {
    const text = this.json.readRaw();
    if (text.isAbsent) this.failJson();
    if (this.json.token == JsonToken.String) return this.json.text;
    return this.json.token == JsonToken.Null ? Bytes.empty : text;
  }

  private add(name: Bytes, configuration: Bytes): void {
    if (name.isAbsent) return this.fail(utf8("name is missing"));
    const filter = findFilter(name);
    if (filter === null) return this.fail(unknownFilter(), name);
    this.filters.push(new BundledFilter(filter, this.filters.length));
    this.configurations.push(configuration);
  }

  private expected(wanted: Bytes): void {
    if (this.json.token == JsonToken.Error) return this.failJson();
    this.fail(BytesBuilder.create().add(utf8("wanted ")).add(wanted).toBytes());
  }

  private failJson(): void {
    const text = BytesBuilder.create().add(utf8("byte ")).addU64(this.json.position).add(utf8(": "));
    this.fail(text.add(this.json.error).toBytes());
  }

  /** Keeps a fault with its place in the list. */
  private fail(problem: Bytes, seen: Bytes = Bytes.absent): void {
    const text = BytesBuilder.create().add(utf8("bundle: configuration refused: ["));
    text.addU64(this.filters.length).add(utf8("]: "));
    if (!seen.isAbsent) text.add(utf8("seen ")).add(seen).add(utf8(", "));
    this.fault = text.add(problem).toBytes();
  }
}

function wantedFilters(): Bytes {
  return utf8("wanted filters, a list of {name, configuration}");
}

function unknownFilter(): Bytes {
  const text = BytesBuilder.create().add(utf8("wanted one of this bundle's filters:"));
  const filters = offeredFilters();
  for (let i = 0; i < filters.length; i++) text.addByte(0x20).add(filters[i].name.view);
  return text.toBytes();
}
