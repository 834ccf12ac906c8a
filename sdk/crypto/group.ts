/**
 * A group of points, written additively. Points are `pointBytes` at plain addresses; how they look is the group's own
 * matter. Not for secrets: the time depends on the points.
 */
export abstract class Group {
  constructor(
    /** Bytes of a point. */
    readonly pointBytes: usize,
    /** Bits of a scalar. */
    readonly scalarBits: u32,
  ) {}

  /** Writes the neutral element. */
  abstract setNeutral(point: usize): void;

  /** Adds a point to itself. */
  abstract double(point: usize): void;

  /** Brings `count` points, one behind the other and none of them neutral, into the form that is the quickest to add. */
  abstract normalize(points: usize, count: u32): void;

  /** Adds `other`, a point that is normalized, to `point`, any point. */
  abstract add(point: usize, other: usize): void;
}
