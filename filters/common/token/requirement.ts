import { HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { JwtStatus } from "../jose/jwt-status";
import { Audiences } from "./audiences";
import { TokenOwner } from "./token-owner";
import { Provider } from "./provider";
import { ProviderSet } from "./provider-set";
import { Verdict } from "./verdict";

/** What a request must show. */
export abstract class Requirement {
  /** What comes of a request that has to show it. */
  decide(owner: TokenOwner, stream: HttpContext): Verdict {
    const verdict = new Verdict(owner, stream, stream.nowNanos());
    const status = this.judge(verdict);
    verdict.status = status == JwtStatus.Ok ? verdict.useProof() : status;
    return verdict;
  }

  /** Whether the request shows it; what it accepted stands in the verdict. For requirements. */
  abstract judge(verdict: Verdict): JwtStatus;

  /** Finds the providers that it names; false when there is none of a name. */
  abstract resolve(providers: ProviderSet): bool;

  /** Whether it holds for a request without tokens, whatever else is asked for. */
  get allowsMissing(): bool {
    return false;
  }

  get allowsFailed(): bool {
    return false;
  }
}

/** Reads the object that the reader stands at; null when it is empty: nothing is required. */
export function readRequirement(reader: ConfigReader): Requirement | null {
  let requirement: Requirement | null = null;
  let kinds = 0;
  for (reader.enterObject(); reader.nextField(); kinds++) requirement = readKind(reader);
  if (kinds > 1) reader.invalid(utf8("one kind of requirement"));
  return requirement;
}

function readKind(reader: ConfigReader): Requirement | null {
  if (reader.at(utf8("provider_name"))) return new ProviderRequirement(reader.readText(), null);
  if (reader.at(utf8("provider_and_audiences"))) return ProviderRequirement.read(reader);
  if (reader.at(utf8("requires_any"))) return AnyRequirement.read(reader);
  if (reader.at(utf8("requires_all"))) return new AllRequirement(readList(reader));
  const isFailed = reader.at(utf8("allow_missing_or_failed"));
  if (!isFailed && !reader.at(utf8("allow_missing"))) reader.unknownField();
  for (reader.enterObject(); reader.nextField(); ) reader.unknownField();
  return new OptionalRequirement(isFailed);
}

/** Reads `{requirements: […]}`. */
function readList(reader: ConfigReader): Requirement[] {
  const list: Requirement[] = [];
  for (reader.enterObject(); reader.nextField(); ) {
    if (!reader.at(utf8("requirements"))) reader.unknownField();
    for (reader.enterArray(); reader.nextItem(); ) {
      const requirement = readRequirement(reader);
      if (requirement !== null) list.push(requirement);
      else reader.invalid(utf8("a requirement that is not empty"));
    }
  }
  if (list.length == 0) reader.missing(utf8("requirements"));
  return list;
}

/** Tokens of one provider; at least one, and all of them good. */
class ProviderRequirement extends Requirement {
  private provider: Provider | null = null;

  constructor(private readonly name: OwnedBytes, private readonly audiences: Audiences | null) {
    super();
  }

  /** Reads `{provider_name, audiences}`. */
  static read(reader: ConfigReader): ProviderRequirement {
    let name = OwnedBytes.absent();
    let audiences: Audiences | null = null;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("provider_name"))) name = reader.readText();
      else if (reader.at(utf8("audiences"))) audiences = Audiences.read(reader);
      else reader.unknownField();
    }
    if (name.view.isAbsent) reader.missing(utf8("provider_name"));
    return new ProviderRequirement(name, audiences);
  }

  judge(verdict: Verdict): JwtStatus {
    const provider = this.provider!;
    const own = this.audiences;
    return provider.judge(verdict, own !== null && !own.isEmpty ? own : provider.demands.audiences);
  }

  resolve(providers: ProviderSet): bool {
    this.provider = providers.named(this.name.view);
    return this.provider !== null;
  }
}

/** One of several. */
class AnyRequirement extends Requirement {
  constructor(private readonly list: Requirement[], private readonly forgivesMissing: bool, private readonly forgivesFailed: bool) {
    super();
  }

  /** What allows requests without tokens, or with bad ones, is no choice of its own beside other requirements. */
  static read(reader: ConfigReader): AnyRequirement {
    const list: Requirement[] = [];
    const all = readList(reader);
    let allowsMissing = false;
    let allowsFailed = false;
    for (let i = 0; i < all.length; i++) {
      allowsMissing = allowsMissing || all[i].allowsMissing;
      allowsFailed = allowsFailed || all[i].allowsFailed;
      if (!all[i].allowsMissing) list.push(all[i]);
    }
    if (list.length == 0) list.push(new OptionalRequirement(allowsFailed));
    return new AnyRequirement(list, allowsMissing, allowsFailed);
  }

  judge(verdict: Verdict): JwtStatus {
    let status = JwtStatus.Missing;
    for (let i = 0; i < this.list.length; i++) {
      const accepted = verdict.accepted.length;
      const found = this.list[i].judge(verdict);
      if (found == JwtStatus.Ok) return found;
      verdict.accepted.length = accepted;
      status = heavier(status, found);
    }
    if (status == JwtStatus.Pending) return status;
    const isForgiven = this.forgivesFailed || (this.forgivesMissing && status == JwtStatus.Missing);
    return isForgiven ? JwtStatus.Ok : status;
  }

  resolve(providers: ProviderSet): bool {
    return resolveAll(this.list, providers);
  }
}

/** What is told of two failures: of tokens that were for somebody rather than of others, of others rather than of none. */
function heavier(one: JwtStatus, other: JwtStatus): JwtStatus {
  if (one == JwtStatus.Pending || one == JwtStatus.Missing) return one == JwtStatus.Pending ? one : other;
  const isLight = other == JwtStatus.Missing || other == JwtStatus.UnknownIssuer;
  return isLight ? one : other;
}

/** All of several. */
class AllRequirement extends Requirement {
  constructor(private readonly list: Requirement[]) {
    super();
  }

  judge(verdict: Verdict): JwtStatus {
    let status = JwtStatus.Ok;
    for (let i = 0; i < this.list.length; i++) {
      const found = this.list[i].judge(verdict);
      if (found > JwtStatus.Pending) return found;
      if (found == JwtStatus.Pending) status = found;
    }
    return status;
  }

  resolve(providers: ProviderSet): bool {
    return resolveAll(this.list, providers);
  }
}

/** No token need be there; one that is has to be good for some provider, unless bad ones are allowed too. */
class OptionalRequirement extends Requirement {
  private providers: ProviderSet | null = null;

  constructor(private readonly forgivesFailed: bool) {
    super();
  }

  override get allowsMissing(): bool {
    return true;
  }

  override get allowsFailed(): bool {
    return this.forgivesFailed;
  }

  judge(verdict: Verdict): JwtStatus {
    const status = this.providers!.judge(verdict);
    const isForgiven = status == JwtStatus.Missing || (this.forgivesFailed && status != JwtStatus.Pending);
    return isForgiven ? JwtStatus.Ok : status;
  }

  resolve(providers: ProviderSet): bool {
    this.providers = providers;
    return true;
  }
}

function resolveAll(list: Requirement[], providers: ProviderSet): bool {
  for (let i = 0; i < list.length; i++) if (!list[i].resolve(providers)) return false;
  return true;
}
