import { Bytes } from "@sluice/sdk";
import { Attribute } from "./attribute";
import { Facts } from "./facts";
import { Clause } from "./rule";
import { Anchor, ValueSet } from "./value-set";

/** What a rule is found by, one after the other. */
const LEVELS: i32 = 4;
/** Most places where one operation of a rule stands; attributes with more values than are left do not count. */
const MOST_PLACES: i32 = 4096;
const NONE: i32 = -1;

/**
 * Finds the rules that may match a request without a look at the others: a tree whose levels are host, path, principal and
 * method, and whose branches are the values that rules list: whole texts, beginnings, ends, and one for rules that list none.
 * It finds every rule that matches, and some that do not: branches are known by hashes, and what else a rule wants is not looked at.
 */
export class RuleIndex {
  /** Number of a node by its parent and branch. */
  private readonly nodes: Map<u64, i32> = new Map<u64, i32>();
  /** A bit for each level in which some rule lists values: what no rule asks for is not found out. */
  private asked: u32 = 0;
  /** Lengths of the beginnings and ends in each level. */
  private readonly prefixes: i32[][] = [];
  private readonly suffixes: i32[][] = [];
  /** First place of each node, and behind each place the next one; the rule that stands there. */
  private readonly firstPlaces: i32[] = [NONE];
  private readonly nextPlaces: i32[] = [];
  private readonly rules: i32[] = [];
  private readonly found: i32[] = [];

  constructor() {
    for (let level = 0; level < LEVELS; level++) {
      this.prefixes.push([]);
      this.suffixes.push([]);
    }
  }

  /** Adds a rule by one of its operations and one of its sources; null where it has none. */
  add(rule: i32, operation: Clause | null, source: Clause | null): void {
    this.insert(rule, operation, source, 0, 0, MOST_PLACES);
  }

  /** The rules that may match, some of them several times; the list is good until the next search. */
  find(facts: Facts): i32[] {
    this.found.length = 0;
    this.search(facts, 0, 0);
    return this.found;
  }

  private insert(rule: i32, operation: Clause | null, source: Clause | null, level: i32, node: i32, places: i32): void {
    if (level == LEVELS) return this.place(rule, node);
    const attribute = attributeOf(level);
    const clause = attribute == Attribute.Principal ? source : operation;
    const values: ValueSet | null = clause === null ? null : clause.valuesOf(attribute);
    if (values === null || values.size > places) {
      return this.insert(rule, operation, source, level + 1, this.branch(node, level, Anchor.Any, Bytes.empty), places);
    }
    for (let i = 0; i < values.size; i++) {
      const pattern = values.at(i);
      const branch = this.branch(node, level, pattern.anchor, pattern.anchorText);
      this.insert(rule, operation, source, level + 1, branch, places / values.size);
    }
  }

  private place(rule: i32, node: i32): void {
    this.nextPlaces.push(this.firstPlaces[node]);
    this.firstPlaces[node] = this.rules.length;
    this.rules.push(rule);
  }

  /** The node behind a branch, made when there is none. */
  private branch(node: i32, level: i32, anchor: Anchor, text: Bytes): i32 {
    const key = keyOf(node, anchor, text);
    if (anchor != Anchor.Any) this.asked |= 1 << level;
    // Before a look whether the node is there: texts of several lengths may have one hash.
    if (anchor == Anchor.Prefix) addOnce(this.prefixes[level], text.length);
    if (anchor == Anchor.Suffix) addOnce(this.suffixes[level], text.length);
    if (this.nodes.has(key)) return this.nodes.get(key);
    this.nodes.set(key, this.firstPlaces.length);
    this.firstPlaces.push(NONE);
    return this.firstPlaces.length - 1;
  }

  private search(facts: Facts, level: i32, node: i32): void {
    if (level == LEVELS) return this.collect(node);
    this.follow(facts, level, node, Anchor.Any, Bytes.empty);
    if (!(this.asked & (1 << level))) return;
    const text = facts.text(attributeOf(level));
    if (text.isAbsent) return;
    this.follow(facts, level, node, Anchor.Exact, text);
    const prefixes = this.prefixes[level];
    for (let i = 0; i < prefixes.length; i++) {
      if (prefixes[i] <= text.length) this.follow(facts, level, node, Anchor.Prefix, text.slice(0, prefixes[i]));
    }
    const suffixes = this.suffixes[level];
    for (let i = 0; i < suffixes.length; i++) {
      if (suffixes[i] <= text.length) this.follow(facts, level, node, Anchor.Suffix, text.slice(text.length - suffixes[i]));
    }
  }

  private follow(facts: Facts, level: i32, node: i32, anchor: Anchor, text: Bytes): void {
    const key = keyOf(node, anchor, text);
    if (this.nodes.has(key)) this.search(facts, level + 1, this.nodes.get(key));
  }

  private collect(node: i32): void {
    for (let place = this.firstPlaces[node]; place != NONE; place = this.nextPlaces[place]) this.found.push(this.rules[place]);
  }
}

function attributeOf(level: i32): Attribute {
  switch (level) {
    case 0: return Attribute.HostName;
    case 1: return Attribute.Path;
    case 2: return Attribute.Principal;
    default: return Attribute.Method;
  }
}

function keyOf(node: i32, anchor: Anchor, text: Bytes): u64 {
  const hash: u64 = anchor == Anchor.Any ? 0 : text.hash();
  const parent: u64 = node * 4 + anchor;
  return (parent << 32) | hash;
}

function addOnce(lengths: i32[], length: i32): void {
  if (!lengths.includes(length)) lengths.push(length);
}
