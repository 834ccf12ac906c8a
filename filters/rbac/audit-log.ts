import { Bytes, JsonWriter, LogLevel, Random, formatRfc3339, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Percentage } from "../common/percentage";
import { Attribute } from "./attribute";
import { Facts } from "./facts";
import { Policy } from "./policy";

/** Which verdicts are told; in the order in which the configuration names them. */
enum Level {
  Deny,
  Allow,
  All,
}

/** `audit`: a line of JSON in the log for each verdict that is to be told; it has no values of headers and no query. */
export class AuditLog {
  private level: Level = Level.Deny;
  private sample: Percentage = Percentage.all();
  private readonly random: Random = Random.seeded();

  static read(reader: ConfigReader): AuditLog {
    const audit = new AuditLog();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("log"))) audit.level = reader.readChoice(utf8("deny, allow or all"));
      else if (reader.at(utf8("sample"))) audit.sample = Percentage.read(reader);
      else reader.unknownField();
    }
    return audit;
  }

  /** Whether this verdict is told, this time. */
  draw(isDenied: bool): bool {
    if (this.level != Level.All && (this.level == Level.Deny) != isDenied) return false;
    return this.sample.includes(this.random.u32());
  }
}

/** Writes a line that tells of a verdict; `policy` null = none decided. */
export function logAudit(facts: Facts, verdict: Bytes, policy: Policy | null): void {
  const stream = facts.stream;
  const line = JsonWriter.create().beginObject();
  line.name(utf8("time")).string(formatRfc3339(<i64>stream.nowNanos()));
  line.name(utf8("verdict")).string(verdict);
  add(line, utf8("policy"), policy === null ? utf8("none") : policy.name.view);
  add(line, utf8("principal"), facts.who());
  add(line, utf8("method"), facts.text(Attribute.Method));
  add(line, utf8("path"), facts.text(Attribute.Path));
  add(line, utf8("request_id"), facts.headers.get(utf8("x-request-id")));
  stream.log(LogLevel.Info, line.endObject().toBytes());
}

function add(line: JsonWriter, name: Bytes, value: Bytes): void {
  if (!value.isAbsent) line.name(name).string(value);
}
