/**
 * Random draws for shares of traffic (splitmix64). Seeded by the caller from clock and context id; not for secrets.
 */
export class Dice {
  constructor(private state: u64) {}

  /** Next draw, 0 … 2^32 - 1. */
  draw(): u32 {
    this.state += 0x9e3779b97f4a7c15;
    let mixed = this.state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return <u32>((mixed ^ (mixed >> 31)) >> 32);
  }
}
