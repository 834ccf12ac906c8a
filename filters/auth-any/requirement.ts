import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { AuthMethod, Finding, Judgement } from "../common/auth-method";
import { Methods, NamedMethod } from "./methods";
import { Trial } from "./trial";

/** What a request must show. */
export abstract class Requirement {
  /** Whether the request shows it; what it accepted stands in the trial. */
  abstract judge(trial: Trial): Finding;

  /** Finds the methods that it names, and appends them once each; false when there is none of a name. */
  abstract resolve(methods: Methods, named: NamedMethod[]): bool;

  /** Whether a request without credentials shows it. */
  get letsAnyoneIn(): bool {
    return false;
  }
}

/** Nothing. */
export class Anonymous extends Requirement {
  judge(trial: Trial): Finding {
    return Finding.Accepted;
  }

  resolve(methods: Methods, named: NamedMethod[]): bool {
    return true;
  }

  override get letsAnyoneIn(): bool {
    return true;
  }
}

/** Credentials of one method. */
export class MethodRequirement extends Requirement {
  private by: NamedMethod | null = null;
  /** Empty = everyone whom the method accepts. */
  private readonly principals: OwnedBytes[] = [];
  private allowsFailed: bool = false;
  /** Whether a field was read that a method must be named for. */
  isQualified: bool = false;

  constructor(public name: OwnedBytes = OwnedBytes.absent()) {
    super();
  }

  /** Reads the current field when it is one of `{method, principals, allow_failed}`; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("method"))) {
      this.name = reader.readText();
      return true;
    }
    if (reader.at(utf8("principals"))) this.readPrincipals(reader);
    else if (reader.at(utf8("allow_failed"))) this.allowsFailed = reader.readBool();
    else return false;
    this.isQualified = true;
    return true;
  }

  judge(trial: Trial): Finding {
    const by = this.by!;
    const judgement = by.method.judge(trial.stream);
    if (judgement.finding != Finding.Accepted) return this.fail(trial, by.method, judgement);
    if (!this.allows(judgement.principal)) return this.fail(trial, null, notAllowed());
    trial.show(by, judgement);
    return Finding.Accepted;
  }

  resolve(methods: Methods, named: NamedMethod[]): bool {
    const by = methods.named(this.name.view);
    this.by = by;
    if (by !== null && !named.includes(by)) named.push(by);
    return by !== null;
  }

  private fail(trial: Trial, method: AuthMethod | null, judgement: Judgement): Finding {
    const finding = judgement.finding;
    if (finding == Finding.Missing || finding == Finding.Pending) return finding;
    trial.noteFailure(method, judgement);
    return this.allowsFailed ? Finding.Missing : finding;
  }

  private allows(principal: Bytes): bool {
    for (let i = 0; i < this.principals.length; i++) if (this.principals[i].view.equals(principal)) return true;
    return this.principals.length == 0;
  }

  private readPrincipals(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.principals.push(reader.readText());
    if (this.principals.length == 0) reader.invalid(utf8("at least one name"));
  }
}

function notAllowed(): Judgement {
  return new Judgement(Finding.Forbidden, utf8("auth_any_principal_not_allowed"));
}

/** What several requirements have in common. */
abstract class CompoundRequirement extends Requirement {
  constructor(protected readonly list: Requirement[]) {
    super();
  }

  resolve(methods: Methods, named: NamedMethod[]): bool {
    for (let i = 0; i < this.list.length; i++) if (!this.list[i].resolve(methods, named)) return false;
    return true;
  }
}

/**
 * The first of several that is shown. Credentials that are wrong end the search: who has any does not get in by others, nor as
 * somebody without. Nor does who shows something that is half of what one of them needs, or of another kind, get in without.
 */
export class AnyRequirement extends CompoundRequirement {
  judge(trial: Trial): Finding {
    const before = trial.shown.length;
    let result = Finding.Missing;
    for (let i = 0; i < this.list.length; i++) {
      const found = this.list[i].judge(trial);
      const isAnonymous = found == Finding.Accepted && trial.shown.length == before;
      if (isAnonymous && result == Finding.Foreign) return result;
      if (found != Finding.Missing && found != Finding.Foreign) return found;
      trial.shown.length = before;
      result = max(result, found);
    }
    return result;
  }

  override get letsAnyoneIn(): bool {
    return this.list[this.list.length - 1].letsAnyoneIn;
  }
}

/** All of several. All are asked, so that wrong credentials are found beside those that are not there. */
class AllRequirement extends CompoundRequirement {
  judge(trial: Trial): Finding {
    const before = trial.shown.length;
    let result = Finding.Accepted;
    for (let i = 0; i < this.list.length; i++) {
      result = max(result, this.list[i].judge(trial));
      if (result >= Finding.Forbidden) return result;
    }
    const isHalf = result == Finding.Missing && trial.shown.length > before;
    return isHalf ? Finding.Foreign : result;
  }

  override get letsAnyoneIn(): bool {
    for (let i = 0; i < this.list.length; i++) if (!this.list[i].letsAnyoneIn) return false;
    return true;
  }
}

/** Reads the object that the reader stands at. */
export function readRequirement(reader: ConfigReader): Requirement {
  const method = new MethodRequirement();
  let requirement: Requirement = method;
  let kinds = 0;
  for (reader.enterObject(); reader.nextField(); ) {
    if (method.readField(reader)) continue;
    requirement = readCompound(reader);
    kinds++;
  }
  if (!method.name.view.isAbsent) kinds++;
  if (kinds != 1) reader.invalid(utf8("exactly one of method, any_of, all_of, anonymous"));
  else if (method.isQualified && requirement !== method) reader.invalid(utf8("principals and allow_failed beside a method"));
  return requirement;
}

function readCompound(reader: ConfigReader): Requirement {
  if (reader.at(utf8("any_of"))) return readAny(reader);
  if (reader.at(utf8("all_of"))) return new AllRequirement(readList(reader));
  if (!reader.at(utf8("anonymous"))) reader.unknownField();
  else if (!reader.readBool()) reader.invalid(utf8("true"));
  return new Anonymous();
}

/** Nothing is asked for behind what lets anyone in. */
function readAny(reader: ConfigReader): Requirement {
  const list = readList(reader);
  for (let i = 0; i < list.length - 1; i++) if (list[i].letsAnyoneIn) reader.invalid(utf8("anonymous as the last of any_of"));
  return new AnyRequirement(list);
}

function readList(reader: ConfigReader): Requirement[] {
  const list: Requirement[] = [];
  for (reader.enterArray(); reader.nextItem(); ) list.push(readRequirement(reader));
  if (list.length == 0) {
    reader.invalid(utf8("at least one requirement"));
    list.push(new Anonymous());
  }
  return list;
}
