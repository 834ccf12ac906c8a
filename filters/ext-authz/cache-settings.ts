import { Bytes, BytesBuilder, HeaderMap, Random, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CacheKey } from "./cache-key";
import { Question } from "./service";
import { Outcome, Verdict } from "./verdict";

const DEFAULT_ENTRIES: u32 = 1000;
const MOST_ENTRIES: u32 = 100000;
/** Requests with a longer key are asked about each time. */
const MOST_KEY_BYTES: i32 = 8192;
const NANOS: u64 = 1000000000;

/** `cache`: which verdicts are good for which requests, and how long. */
export class CacheSettings {
  maxEntries: u32 = DEFAULT_ENTRIES;
  /** Without parts: everything that is asked. */
  key: CacheKey = new CacheKey();
  /** In front of every key, so that nobody can choose keys that meet in one bucket. */
  private readonly salt: u64 = Random.seeded().u64();
  private ttlNanos: u64 = 0;
  /** 0 = refusals are not kept. */
  private negativeTtlNanos: u64 = 0;
  private respectsCacheControl: bool = true;

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): CacheSettings {
    const settings = new CacheSettings();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("key"))) settings.key = CacheKey.read(reader);
      else if (reader.at(utf8("ttl"))) settings.ttlNanos = reader.readDurationNanos();
      else if (reader.at(utf8("negative_ttl"))) settings.negativeTtlNanos = reader.readDurationNanos();
      else if (reader.at(utf8("max_entries"))) settings.maxEntries = reader.readU32(1, MOST_ENTRIES);
      else if (reader.at(utf8("respect_cache_control"))) settings.respectsCacheControl = reader.readBool();
      else reader.unknownField();
    }
    if (settings.ttlNanos == 0) reader.missing(utf8("ttl"));
    return settings;
  }

  /** By what a request's verdict is known again; absent when it is not. */
  keyOf(question: Question, headers: HeaderMap, body: Bytes): Bytes {
    const key = BytesBuilder.create().addU64(this.salt);
    if (this.key.isEmpty) question.addTo(key);
    else this.key.addTo(key, headers, body);
    return key.length > MOST_KEY_BYTES ? Bytes.absent : key.toBytes();
  }

  /** How long a verdict is good, in nanoseconds; 0 = for its own request alone. */
  lifetime(verdict: Verdict): u64 {
    if (verdict.isPersonal || verdict.outcome == Outcome.Error) return 0;
    const ttl = verdict.outcome == Outcome.Ok ? this.ttlNanos : this.negativeTtlNanos;
    const respects = this.respectsCacheControl && verdict.maxAge >= 0;
    return respects ? min(ttl, <u64>verdict.maxAge * NANOS) : ttl;
  }
}
